import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner } from '@tsbuild/content'
import { beforeEach, expect, test } from 'vitest'
import { build } from '../build.ts'
import { takeLease } from '../layer/disk/lease.ts'
import { type StorePaths, storePaths } from '../layer/disk/store-paths.ts'
import { temporaryDirectory } from '../../test/support/temporary-directory.ts'
import { checkStore } from './check-store.ts'

let root: string
let paths: StorePaths
const context = { Dockerfile: 'FROM scratch\nCOPY a /\nCOPY b /\n', a: 'a', b: 'b' }

beforeEach(async () => {
  root = join((await temporaryDirectory()).path, 'store')
  paths = storePaths(root)
  await build({ context, root, tags: ['app:1'] })
})

async function kinds(repair = false): Promise<{ readonly left: string[]; readonly repaired: string[] }> {
  const { problems, repaired } = await checkStore({ root, repair })
  return { left: problems.map(({ kind }) => kind), repaired: repaired.map(({ kind }) => kind) }
}

/** Paths of all files of a folder with fans. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(paths.root, folder), { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

test('a store after a build has no problems, and a missing one neither', async () => {
  expect(await checkStore({ root })).toMatchObject({
    store: paths.root,
    checked: { images: 1, blobs: 4, layers: 2 },
    problems: [],
    repaired: [],
  })
  expect((await checkStore({ root: `${root}-missing` })).problems).toEqual([])
})

test('torn bytes are found with all that names them; the repair makes the next build whole', async () => {
  const [layer = ''] = await filesOf('layers')
  const { blobs } = JSON.parse(await readFile(layer, 'utf8'))
  const blob = paths.blob(blobs[0].digest)
  await rm(blob)
  await writeFile(blob, Buffer.alloc(blobs[0].size))
  const before = await kinds()
  expect(new Set(before.left)).toEqual(new Set(['blob', 'layer', 'record', 'image']))
  // Checking changes nothing.
  expect(await kinds()).toEqual(before)
  const { left, repaired } = await kinds(true)
  expect(left).toEqual(['image'])
  expect(repaired).toHaveLength(before.left.length - 1)
  await build({ context, root, tags: ['app:1'] })
  expect(await kinds()).toEqual({ left: [], repaired: [] })
})

test('damaged records and indexes are removed; what steps depended on last time is no record', async () => {
  for (const folder of ['layers', 'indexes']) for (const path of await filesOf(folder)) await truncate(path, 3)
  const { left } = await kinds()
  expect(left.filter((kind) => kind === 'layer')).toHaveLength(2)
  expect(left.filter((kind) => kind === 'index')).toHaveLength(2)
  await kinds(true)
  expect(await kinds()).toEqual({ left: [], repaired: [] })
})

test('a layer record with one form left is written again', async () => {
  const [layer = ''] = await filesOf('layers')
  const record = JSON.parse(await readFile(layer, 'utf8'))
  const gone = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: `sha256:${'0'.repeat(64)}`, size: 1 }
  await writeFile(layer, JSON.stringify({ ...record, blobs: [gone, ...record.blobs] }))
  expect(await kinds(true)).toEqual({ left: [], repaired: ['layer'] })
  expect(JSON.parse(await readFile(layer, 'utf8'))).toEqual(record)
})

test('files of ended processes are removed, those of running ones stay', async () => {
  const [pid, , ...domain] = currentOwner().split('-')
  const [dead, alive] = [`file-${pid}-1-${domain.join('-')}.ab`, `file-${currentOwner()}.ab`]
  for (const name of [dead, alive]) await writeFile(join(paths.temporary, name), '')
  expect(await kinds(true)).toEqual({ left: [], repaired: ['temporary'] })
  expect(await readdir(paths.temporary)).toEqual([alive])
})

test('a store in use is checked and not repaired', async () => {
  await using _lease = await takeLease(paths)
  expect(await kinds()).toEqual({ left: [], repaired: [] })
  await expect(checkStore({ root, repair: true })).rejects.toMatchObject({ code: 'STORE_BUSY' })
})
