import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { digestOf } from '@tsbuild/oci'
import { expect, onTestFinished, test } from 'vitest'
import type { RegistryStorage, Upload } from '../storage/storage.ts'
import { chunks, pushBlob, pushImage } from '../testing/push-image.ts'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { readStorage } from './directory-reader.ts'
import { openStorage } from './directory-storage.ts'

async function open(
  root?: string,
  limits?: Parameters<typeof openStorage>[1],
): Promise<RegistryStorage & { root: string }> {
  const directory = root ?? join(await temporaryDirectory(), 'registry')
  const storage = await openStorage(directory, limits)
  onTestFinished(() => storage.close())
  return Object.assign(storage, { root: directory })
}

const bytes = randomBytes(300_000)
const digest = digestOf(bytes)

test('another process goes on with an upload', async () => {
  const first = await open()
  const upload = await first.beginUpload('a', 'sha256')
  await upload.append({ body: chunks(bytes.subarray(0, 100_000)) })
  const second = await open(first.root)
  const same = await second.findUpload('a', upload.id)
  expect(await same?.size()).toBe(100_000)
  await same?.append({ body: chunks(bytes.subarray(100_000, 200_000)), range: { start: 100_000, end: 199_999 } })
  // The hash of the first one lacks these bytes now.
  await upload.append({ body: chunks(bytes.subarray(200_000)) })
  await upload.finish(digest)
  expect(await first.findBlob('a', digest)).toMatchObject({ size: bytes.length })
  expect(await readdir(join(first.root, 'uploads'))).toEqual([])
  expect(await readdir(join(first.root, 'locks'))).toEqual([])
})

test('bytes that arrived before a break are kept', async () => {
  const storage = await open()
  const upload = await storage.beginUpload('a', 'sha256')
  async function* broken(): AsyncGenerator<Uint8Array, void, undefined> {
    yield bytes.subarray(0, 70_000)
    throw new Error('gone')
  }
  await expect(upload.append({ body: broken() })).rejects.toThrow('gone')
  expect(await upload.size()).toBe(70_000)
  await upload.append({ body: chunks(bytes.subarray(70_000)) })
  await upload.finish(digest)
  expect(await storage.findBlob('a', digest)).toBeDefined()
})

test('a later request ends an earlier one that hangs', async () => {
  const storage = await open()
  const upload = await storage.beginUpload('a', 'sha256')
  async function* hanging(): AsyncGenerator<Uint8Array, void, undefined> {
    yield bytes.subarray(0, 1000)
    await sleep(600_000, undefined, { ref: false })
  }
  const first = upload.append({ body: hanging() })
  const refused = expect(first).rejects.toMatchObject({ code: 'BLOB_UPLOAD_INVALID' })
  await sleep(50)
  await (await storage.findUpload('a', upload.id))?.append({ body: chunks(bytes.subarray(1000)) })
  await refused
  await upload.finish(digest)
  expect(await storage.findBlob('a', digest)).toBeDefined()
})

test.each([
  ['shorter', 9],
  ['longer', 11],
])('a chunk that is %s than its range leaves no bytes', async (_, length) => {
  const upload = await (await open()).beginUpload('a', 'sha256')
  await upload.append({ body: chunks(bytes.subarray(0, 5)) })
  const chunk = { body: chunks(bytes.subarray(5, 5 + length)), range: { start: 5, end: 14 } }
  await expect(upload.append(chunk)).rejects.toMatchObject({ code: 'SIZE_INVALID' })
  expect(await upload.size()).toBe(5)
  await upload.append({ body: chunks(bytes.subarray(5)) })
  await upload.finish(digest)
})

test('an upload belongs to its repository, and its id is no path', async () => {
  const storage = await open()
  const upload = await storage.beginUpload('a', 'sha256')
  expect(await storage.findUpload('b', upload.id)).toBeUndefined()
  for (const id of ['..', '../../x', '', 'x', upload.id.toUpperCase().replace(/\d/g, 'A')])
    expect(await storage.findUpload('a', id)).toBeUndefined()
})

test('the number of uploads is bounded, and idle ones are removed', async () => {
  const storage = await open(undefined, { uploads: 2, idle: 200 })
  const upload = await storage.beginUpload('a', 'sha256')
  await storage.beginUpload('a', 'sha256')
  await expect(storage.beginUpload('a', 'sha256')).rejects.toMatchObject({ code: 'TOOMANYREQUESTS', status: 429 })
  await expect.poll(() => storage.findUpload('a', upload.id), { timeout: 10_000 }).toBeUndefined()
  await storage.beginUpload('a', 'sha256')
})

test('an upload that lasts too long is removed, even while bytes arrive', async () => {
  const storage = await open(undefined, { age: 300 })
  const upload = await storage.beginUpload('a', 'sha256')
  async function* steadily(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield Buffer.alloc(1)
      await sleep(10)
    }
  }
  await expect(upload.append({ body: steadily() })).rejects.toMatchObject({ code: 'BLOB_UPLOAD_INVALID' })
  await expect.poll(() => storage.findUpload('a', upload.id), { timeout: 10_000 }).toBeUndefined()
  expect(await readdir(join(storage.root, 'tmp'))).toEqual([])
})

test('unfinished uploads count for the quota, also those at the same time', async () => {
  const storage = await open(undefined, { quota: { total: 1000, repository: 700 } })
  const begin = (repository: string): Promise<Upload> => storage.beginUpload(repository, 'sha256')
  const send = (upload: Upload, repository: string, sizes: readonly number[]): Promise<number> =>
    upload.append({ body: storage.withinQuota(repository, upload, chunks(...sizes.map((size) => Buffer.alloc(size)))) })
  const refused = { code: 'DENIED', status: 403 }
  const [first, second, other] = [await begin('a'), await begin('a'), await begin('b')]
  const parts = Array.from({ length: 50 }, () => 10)
  await expect(Promise.all([send(first, 'a', parts), send(second, 'a', parts)])).rejects.toMatchObject(refused)
  await expect.poll(async () => (await first.size()) + (await second.size())).toBe(700)
  await expect(storage.requireRoom('a', 300)).rejects.toMatchObject(refused)
  await expect(send(other, 'b', [500])).rejects.toMatchObject(refused)
  await expect(storage.requireRoom('b', 800)).rejects.toMatchObject({ code: 'SIZE_INVALID', status: 413 })
  for (const upload of [first, second]) await upload.cancel()
  await storage.requireRoom('a', 700)
  expect(await send(other, 'b', [500])).toBe(500)
})

test('a manifest with a missing reference is not stored, nor its tag', async () => {
  const storage = await open()
  const { layer } = await pushImage(storage, 'a', { tags: ['1'] })
  await expect(
    pushImage(storage, 'b', { tags: ['1'], members: { layers: [{ digest: layer, size: 30 }] } }),
  ).rejects.toMatchObject({ code: 'MANIFEST_BLOB_UNKNOWN' })
  expect(await storage.findManifest('b', '1')).toBeUndefined()
  expect(await storage.mountBlob(layer, { from: 'a', to: 'b' })).toBe(true)
  await pushImage(storage, 'b', { tags: ['1'], members: { layers: [{ digest: layer, size: 30 }] } })
  expect(await storage.listTags('b')).toEqual(['1'])
})

test('nested repositories do not see one another', async () => {
  const storage = await open()
  const blob = await pushBlob(storage, 'a/b', bytes)
  expect(await storage.hasRepository('a')).toBe(false)
  expect(await storage.findBlob('a', blob)).toBeUndefined()
  await pushImage(storage, 'a', { tags: ['1'] })
  await pushImage(storage, 'a-b', { tags: ['1'] })
  expect(await storage.listRepositories()).toEqual(['a', 'a-b', 'a/b'])
})

test('blobs and the storage itself are protected', async () => {
  const storage = await open()
  await pushBlob(storage, 'a', bytes)
  const blob = await stat((await storage.findBlob('a', digest))?.path ?? '')
  expect(blob.mode & 0o777).toBe(0o444)
  expect((await stat(storage.root)).mode & 0o777).toBe(0o700)
})

test('directories of something else, and of a later version, are refused', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'oci-layout'), '{}')
  await expect(openStorage(directory)).rejects.toMatchObject({
    code: 'STORE_UNUSABLE',
    hint: expect.stringContaining('--layout'),
  })
  await expect(readStorage(join(directory, 'none'))).rejects.toMatchObject({ code: 'STORE_UNUSABLE' })
  const { root } = await open()
  await writeFile(join(root, 'tsbuild-registry'), '9\n')
  await expect(openStorage(root)).rejects.toMatchObject({ code: 'STORE_TOO_NEW' })
})

test('unfinished files of ended processes are removed', async () => {
  const { root } = await open()
  const left = join(root, 'tmp', '1-1-1.0123456789abcdef')
  await mkdir(join(root, 'tmp'), { recursive: true })
  await writeFile(left, '')
  await utimes(left, new Date(0), new Date(0))
  await open(root)
  expect(existsSync(left)).toBe(false)
})
