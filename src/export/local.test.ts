import { chmod, lstat, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { file, folder, hardlinkTo, layerOf, symlinkTo, test } from '../layer/testing/store.ts'
import { exportLocal } from './local.ts'
import { amd64, armv7, solved } from '../image/testing/target.ts'
import { contextOf } from './testing/context.ts'

const copy = (dest: string) => ({ kind: 'local', dest, mode: 'copy' }) as const
const replace = (dest: string) => ({ kind: 'local', dest, mode: 'delete' }) as const

test('files have their modes, times and links, and other files stay', async ({ store, directory }) => {
  const dest = join(directory, 'out')
  await mkdir(dest)
  await writeFile(join(dest, 'mine'), 'mine')
  const layer = layerOf(store, {
    d: folder(0o700),
    'd/f': file('text', { mode: 0o4711 }),
    l: symlinkTo('d/f'),
    gone: symlinkTo('/no'),
  })
  await exportLocal(copy(dest), contextOf(store, [solved([layer])]))
  expect((await readdir(dest)).sort()).toEqual(['d', 'gone', 'l', 'mine'])
  const { mode, mtimeMs } = await stat(join(dest, 'd/f'))
  expect([mode & 0o7777, mtimeMs]).toEqual([0o4711, 1e12])
  const top = await stat(join(dest, 'd'))
  expect([top.mode & 0o7777, top.mtimeMs]).toEqual([0o700, 1e12])
  expect(await readlink(join(dest, 'l'))).toBe('d/f')
})

test('a symlink that names the destination is followed', async ({ store, directory }) => {
  const [dest, link] = [join(directory, 'out'), join(directory, 'link')]
  await mkdir(dest)
  await writeFile(join(dest, 'old'), '')
  await symlink('out', link)
  const targets = [solved([layerOf(store, { d: folder(), 'd/f': file('x') })])]
  await exportLocal(copy(link), contextOf(store, targets))
  expect((await readdir(dest)).sort()).toEqual(['d', 'old'])
  await exportLocal(replace(link), contextOf(store, targets))
  expect(await readdir(dest)).toEqual(['d'])
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
})

test('nothing is written through an existing symlink', async ({ store, directory }) => {
  const [dest, outside] = [join(directory, 'out'), join(directory, 'outside')]
  await mkdir(dest)
  await mkdir(outside)
  await writeFile(join(outside, 'f'), 'theirs')
  await symlink(outside, join(dest, 'd'))
  await symlink(join(outside, 'f'), join(dest, 'f'))
  await symlink(outside, join(dest, 'linux_amd64'))
  const targets = [solved([layerOf(store, { d: folder(), 'd/f': file('ours'), f: file('ours') })])]
  await exportLocal(copy(dest), contextOf(store, targets))
  await exportLocal({ ...copy(dest), platformSplit: true }, contextOf(store, targets))
  expect(await readdir(outside)).toEqual(['f'])
  expect(await readFile(join(outside, 'f'), 'utf8')).toBe('theirs')
  for (const path of ['d/f', 'f', 'linux_amd64/f']) expect(await readFile(join(dest, path), 'utf8')).toBe('ours')
})

test('mode=delete removes what the result has not, and enters no symlink', async ({ store, directory }) => {
  const [dest, outside] = [join(directory, 'out'), join(directory, 'outside')]
  await mkdir(join(dest, 'd/old'), { recursive: true })
  await mkdir(outside)
  await writeFile(join(outside, 'f'), 'theirs')
  await writeFile(join(dest, 'd/old/f'), '')
  await symlink(outside, join(dest, 'stray'))
  const layer = layerOf(store, { d: folder(), 'd/f': file('new'), link: symlinkTo(outside) })
  await exportLocal(replace(dest), contextOf(store, [solved([layer])]))
  expect((await readdir(dest)).sort()).toEqual(['d', 'link'])
  expect(await readdir(join(dest, 'd'))).toEqual(['f'])
  expect(await readFile(join(outside, 'f'), 'utf8')).toBe('theirs')
})

test('mode=delete also looks at what lies beside the folders of platforms, and into directories closed to it', async ({
  store,
  directory,
}) => {
  const dest = join(directory, 'out')
  const [one, other] = [solved([layerOf(store, { d: folder(0o500), 'd/f': file('x') })]), solved([], armv7)]
  await exportLocal(copy(dest), contextOf(store, [one, other]))
  await mkdir(join(dest, 'linux_s390x'))
  await chmod(join(dest, 'linux_s390x'), 0o500)
  const smaller = solved([layerOf(store, { d: folder(0o500) })])
  await exportLocal(replace(dest), contextOf(store, [smaller, other]))
  expect((await readdir(dest, { recursive: true })).sort()).toEqual(['linux_amd64', 'linux_amd64/d', 'linux_arm_v7'])
  expect((await stat(join(dest, 'linux_amd64/d'))).mode & 0o7777).toBe(0o500)
})

test('a pipe is made, a device where we may, and whether or not, nothing else is missing', async ({
  store,
  directory,
}) => {
  const dest = join(directory, 'out')
  const metadata = { mode: 0o640, uid: 0, gid: 0, mtime: 1e9 }
  const entries = {
    f: file('x'),
    null: { ...metadata, type: 'device', kind: 'character', major: 1, minor: 3 },
    p: { ...metadata, type: 'fifo' },
  } as const
  await exportLocal(copy(dest), contextOf(store, [solved([layerOf(store, entries)])]))
  const isRoot = process.geteuid?.() === 0
  expect((await readdir(dest)).sort()).toEqual(isRoot ? ['f', 'null', 'p'] : ['f', 'p'])
  expect((await lstat(join(dest, 'p'))).isFIFO()).toBe(true)
})

test('a hard link may come before what it leads to, also through another one', async ({ store, directory }) => {
  const dest = join(directory, 'out')
  const layer = layerOf(store, { a: hardlinkTo('b'), b: hardlinkTo('z'), z: file('one') })
  await exportLocal(copy(dest), contextOf(store, [solved([layer])]))
  expect(await readFile(join(dest, 'a'), 'utf8')).toBe('one')
  const inodes = await Promise.all(['a', 'b', 'z'].map(async (name) => (await lstat(join(dest, name))).ino))
  expect(new Set(inodes).size).toBe(1)
})

test('several platforms have a folder each', async ({ store, directory }) => {
  const dest = join(directory, 'out')
  const targets = [solved([layerOf(store, { f: file('x86') })]), solved([layerOf(store, { f: file('arm') })], armv7)]
  await exportLocal(replace(dest), contextOf(store, targets))
  expect(await readFile(join(dest, 'linux_amd64/f'), 'utf8')).toBe('x86')
  expect(await readFile(join(dest, 'linux_arm_v7/f'), 'utf8')).toBe('arm')
})

test('platforms in one folder keep each other’s files and do not overwrite them', async ({ store, directory }) => {
  const dest = join(directory, 'out')
  const one = solved([layerOf(store, { bin: folder(), 'bin/x86': file('x86') })], amd64)
  const other = solved([layerOf(store, { bin: folder(), 'bin/arm': file('arm') })], armv7)
  await exportLocal({ ...replace(dest), platformSplit: false }, contextOf(store, [one, other]))
  expect((await readdir(join(dest, 'bin'))).sort()).toEqual(['arm', 'x86'])
  for (const clash of [{ bin: folder(), 'bin/x86': file('arm') }, { bin: file('arm') }]) {
    const context = contextOf(store, [one, solved([layerOf(store, clash)], armv7)])
    await expect(
      exportLocal({ ...copy(join(directory, 'clash')), platformSplit: false }, context),
    ).rejects.toMatchObject({
      code: 'OUTPUT_CONFLICT',
    })
  }
  await expect(readdir(join(directory, 'clash'))).rejects.toThrow('ENOENT')
  const reversed = contextOf(store, [solved([layerOf(store, { bin: file('arm') })], armv7), one])
  await expect(
    exportLocal({ ...copy(join(directory, 'turned')), platformSplit: false }, reversed),
  ).rejects.toMatchObject({
    code: 'OUTPUT_CONFLICT',
  })
})

test('SOURCE_DATE_EPOCH dates directories, and an aborted build writes nothing more', async ({ store, directory }) => {
  const targets = [solved([layerOf(store, { d: folder(), f: file('x') })])]
  await exportLocal(copy(join(directory, 'dated')), contextOf(store, targets, { epoch: 5 }))
  expect((await stat(join(directory, 'dated/d'))).mtimeMs).toBe(5000)
  const context = contextOf(store, targets, { signal: AbortSignal.abort(new Error('stop')) })
  await expect(exportLocal(copy(join(directory, 'none')), context)).rejects.toThrow('stop')
  expect(await readdir(join(directory, 'none'))).toEqual([])
})
