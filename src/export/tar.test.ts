import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { readTar } from '@tsbuild/tar'
import { expect } from 'vitest'
import { file, folder, hardlinkTo, layerOf, streamOf, symlinkTo, test } from '../layer/testing/store.ts'
import { exportTar } from './tar.ts'
import { amd64, armv7, solved } from '../image/testing/target.ts'
import { contextOf } from './testing/context.ts'

async function read(dest: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const { entry, body } of readTar(streamOf(await readFile(dest)))) {
    const target = 'target' in entry ? ` -> ${entry.target}` : ''
    const text = entry.type === 'file' ? ` ${Buffer.from(await readAll(body, 1000)).toString()}` : ''
    lines.push(
      `${entry.type} ${entry.mode.toString(8)} ${entry.uid} ${entry.mtime} ${entry.path.replace(/\/$/, '')}${target}${text}`,
    )
  }
  return lines
}

test('owners, modes, times and links are kept, and later layers count', async ({ store, directory }) => {
  const dest = join(directory, 'out.tar')
  const lower = layerOf(store, {
    d: folder(0o711),
    'd/f': file('old'),
    z: file('z', { uid: 1000, mode: 0o4755 }),
    a: hardlinkTo('z'),
  })
  const upper = layerOf(store, { 'd/f': file('new', { mtime: 7 }), l: symlinkTo('/etc') })
  await exportTar({ kind: 'tar', dest }, contextOf(store, [solved([lower, upper])]))
  expect(await read(dest)).toEqual([
    'file 4755 1000 1000000000 a z',
    'directory 711 0 1000000000 d',
    'file 644 0 7 d/f new',
    'symlink 777 0 1000000000 l -> /etc',
    'hardlink 4755 1000 1000000000 z -> a',
  ])
})

test('platforms have folders, and hard links stay inside theirs', async ({ store, directory }) => {
  const dest = join(directory, 'out.tar')
  const targets = [amd64, armv7].map((platform) =>
    solved([layerOf(store, { f: file('x'), g: hardlinkTo('f') })], platform),
  )
  await exportTar({ kind: 'tar', dest }, contextOf(store, targets, { epoch: 5 }))
  expect(await read(dest)).toEqual([
    'directory 755 0 5 linux_amd64',
    'file 644 0 5 linux_amd64/f x',
    'hardlink 644 0 5 linux_amd64/g -> linux_amd64/f',
    'directory 755 0 5 linux_arm_v7',
    'file 644 0 5 linux_arm_v7/f x',
    'hardlink 644 0 5 linux_arm_v7/g -> linux_arm_v7/f',
  ])
})

test('without folders one platform does not overwrite another', async ({ store, directory }) => {
  const dest = join(directory, 'out.tar')
  const one = solved([layerOf(store, { d: folder(), 'd/x86': file('1') })], amd64)
  const other = solved([layerOf(store, { d: folder(), 'd/arm': file('2') })], armv7)
  const output = { kind: 'tar', dest, platformSplit: false } as const
  await exportTar(output, contextOf(store, [one, other]))
  expect((await read(dest)).map((line) => line.split(' ')[4])).toEqual(['d', 'd/arm', 'd/x86'])
  for (const clash of [{ d: folder(), 'd/x86': file('2') }, { d: file('2') }]) {
    const targets = [one, solved([layerOf(store, clash)], armv7)]
    await expect(exportTar(output, contextOf(store, targets))).rejects.toMatchObject({
      code: 'OUTPUT_CONFLICT',
      message: expect.stringMatching(
        /^cannot overwrite d(\/x86)? from linux\/amd64 with linux\/arm\/v7 when split option is disabled$/,
      ),
    })
    await expect(exportTar(output, contextOf(store, targets.toReversed()))).rejects.toMatchObject({
      code: 'OUTPUT_CONFLICT',
    })
  }
})
