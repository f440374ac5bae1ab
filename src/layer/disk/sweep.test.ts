import { spawnSync } from 'node:child_process'
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { currentOwner, temporaryPath } from '@tsbuild/content'
import { expect } from 'vitest'
import { LayerStore } from '../layer-store.ts'
import { abandonedTemporaries } from './sweep.ts'
import { test } from '../testing/store.ts'

const longAgo = new Date(Date.now() - 2 * 24 * 60 * 60 * 1000)

/** Owner text of a process that has ended. */
function deadOwner(): string {
  return currentOwner().replace(/^\d+-\d+/, `${spawnSync(process.execPath, ['-e', '']).pid}-1`)
}

test('opening the store removes what dead processes left, and nothing of others', async ({
  directory,
  store: { paths },
}) => {
  const root = join(directory, 'store')
  const dead = deadOwner()
  const mine = [temporaryPath(paths.temporary, 'probe'), temporaryPath(paths.work, 'agent')]
  for (const path of [
    ...mine,
    join(paths.temporary, `probe-${dead}.aa`),
    join(paths.temporary, `git-${dead}.aa`),
    join(paths.work, `agent-${dead}.aa`),
  ]) {
    await mkdir(join(path, 'sub'), { recursive: true })
    await writeFile(join(path, 'sub/file'), 'x')
  }
  await mkdir(join(paths.layout, 'blobs/.tmp'))
  for (const path of [
    join(paths.temporary, `file-${dead}.aa`),
    join(paths.temporary, `${dead}.aa`),
    join(paths.work, `lease-${dead}.aa`),
    join(paths.layout, 'blobs/.tmp', `${dead}.aa`),
  ])
    await writeFile(path, 'x')
  await LayerStore.open(root)
  const left = await Promise.all(
    [paths.temporary, paths.work, join(paths.layout, 'blobs/.tmp')].map((path) => readdir(path)),
  )
  expect(left.flat()).toEqual(mine.map((path) => basename(path)))
})

test('a process of another PID namespace is alive with a lease in use, or for a minute', async ({
  store: { paths },
}) => {
  const names = { leased: '7-7-elsewhere.aa', recent: '8-8-elsewhere.aa', old: '9-9-elsewhere.aa' }
  for (const name of Object.values(names)) await writeFile(join(paths.temporary, name), '')
  for (const name of [names.leased, names.old]) await utimes(join(paths.temporary, name), longAgo, longAgo)
  await writeFile(join(paths.work, 'lease-7-7-elsewhere.00'), '')
  expect(await abandonedTemporaries(paths)).toEqual([join(paths.temporary, names.old)])
  await utimes(join(paths.work, 'lease-7-7-elsewhere.00'), longAgo, longAgo)
  const both = (await abandonedTemporaries(paths)).filter((path) => path.startsWith(paths.temporary))
  expect(both.toSorted()).toEqual([names.leased, names.old].map((name) => join(paths.temporary, name)).toSorted())
})

test('names of earlier versions are kept for a day', async ({ store: { paths } }) => {
  const [fresh, old] = [join(paths.temporary, 'unpack-0123456789abcdef'), join(paths.work, 'agent-aB3xYz')]
  await mkdir(fresh)
  await mkdir(old)
  expect(await abandonedTemporaries(paths)).toEqual([])
  await utimes(old, longAgo, longAgo)
  expect(await abandonedTemporaries(paths)).toEqual([old])
  expect((await abandonedTemporaries(paths, { idleSince: Date.now() })).toSorted()).toEqual([fresh, old].toSorted())
})
