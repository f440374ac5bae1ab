import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteDirectoryUse, noteFileUse, usePath } from '../../layer/disk/note-use.ts'
import { streamOf, test } from '../../layer/testing/store.ts'
import { prune } from './prune.ts'
import { removeObject } from './remove-object.ts'

const longAgo = new Date(1_000_000_000_000)

async function makeMount({ paths }: LayerStore, used: Date): Promise<string> {
  const path = join(paths.cacheMounts, 'mount')
  await mkdir(path)
  await writeFile(join(path, 'file'), 'x')
  noteDirectoryUse(path)
  await utimes(usePath(path), used, used)
  return path
}

test('what was used after the cutoff stays, with all its times', async ({ store }) => {
  const path = await makeMount(store, new Date())
  const object = { path, isDirectory: true, type: 'mount' } as const
  expect(await removeObject(object, Date.now() - 60_000, store.paths)).toBe('used')
  expect(await readdir(path)).toEqual(['file'])
  expect(await removeObject(object, Date.now() + 1, store.paths)).toBe('removed')
  expect([existsSync(path), existsSync(usePath(path)), await readdir(store.paths.cacheMounts)]).toEqual([
    false,
    false,
    [],
  ])
  expect(await removeObject(object, Date.now() + 1, store.paths)).toBe('missing')
})

test('a use that is noted while an object is moved aside brings it back', async ({ store }) => {
  const path = await makeMount(store, longAgo)
  const { digest } = await store.blobs.ingest(streamOf('blob'))
  const blob = store.blobs.pathOf(digest)
  // Uses are noted again and again, removals are tried again and again: an object that was noted
  // after the cutoff is never lost.
  for (let round = 0; round < 100; round++) {
    await utimes(usePath(path), longAgo, longAgo)
    await utimes(blob, longAgo, longAgo)
    const cutoff = Date.now() - 1000
    const noting = async (): Promise<readonly boolean[]> => {
      for (let turn = round % 7; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve))
      const isThere = noteDirectoryUse(path)
      await noteFileUse(blob)
      return [isThere, existsSync(blob)]
    }
    const [mount, file, [sawMount, sawBlob]] = await Promise.all([
      removeObject({ path, isDirectory: true, type: 'mount' }, cutoff, store.paths),
      removeObject({ path: blob, isDirectory: false, type: 'layer' }, cutoff, store.paths),
      noting(),
    ])
    if (mount === 'removed') {
      expect(sawMount).toBe(false)
      await mkdir(path)
      noteDirectoryUse(path)
    } else expect(existsSync(path)).toBe(true)
    if (file === 'removed') {
      expect(sawBlob).toBe(false)
      await store.blobs.ingest(streamOf('blob'))
    } else expect(await readFile(blob, 'utf8')).toBe('blob')
  }
})

test('blobs are used by a look of a store, not by a list', async ({ directory, store }) => {
  const { digest, size } = await store.blobs.ingest(streamOf('blob'))
  const path = store.blobs.pathOf(digest)
  await utimes(path, longAgo, longAgo)
  const wanted = { mediaType: 'text/plain', digest, size }
  const dryRun = await prune(store, { dryRun: true })
  expect(dryRun.objects).toMatchObject([{ type: 'layer', id: digest, lastUsed: longAgo.toISOString() }])
  expect(await store.blobs.has(wanted)).toBe(true)
  expect((await prune(store, { filter: { unusedFor: 3600 } })).removed).toBe(0)
  expect((await prune(store, {})).removed).toBe(1)
  expect(await store.blobs.use(digest)).toBeUndefined()
  expect(await readdir(join(directory, 'store/v1/tmp'))).toEqual([])
})

test('bounds: the least recently used goes first, and only what is needed', async ({ store }) => {
  const digests: string[] = []
  for (const [index, text] of ['a', 'b', 'c', 'd'].entries()) {
    const { digest } = await store.blobs.ingest(streamOf(text.repeat(100_000)))
    await utimes(store.blobs.pathOf(digest), longAgo, new Date(longAgo.getTime() + index * 1000))
    digests.push(digest)
  }
  const { objects, freed } = await prune(store, { maxUsedSpace: 250_000 })
  expect(objects.map(({ id }) => id)).toEqual(digests.slice(0, 2))
  expect(freed).toBeGreaterThanOrEqual(200_000)
  expect((await prune(store, { maxUsedSpace: 250_000 })).removed).toBe(0)
  expect((await prune(store, { filter: { ids: [digests[3]?.slice(7, 19) ?? ''] } })).removed).toBe(1)
  expect((await prune(store, { filter: { exceptTypes: ['layer'] } })).removed).toBe(0)
  expect((await prune(store, { reservedSpace: 0 })).objects.map(({ id }) => id)).toEqual(digests.slice(2, 3))
})
