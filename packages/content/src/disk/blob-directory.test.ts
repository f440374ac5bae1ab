import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { BlobDirectory } from './blob-directory.ts'
import { currentOwner } from './process-owner.ts'
import { readAll } from '../storage/read-all.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { describeBytes, streamOf, testContentTarget } from '../testing/index.ts'

testContentTarget('BlobDirectory', async () => new BlobDirectory(await temporaryDirectory()))

const bytes = Buffer.from('hello')
const descriptor = describeBytes(bytes)

test('blobs are files named by their digest, and nothing else stays', async () => {
  const directory = await temporaryDirectory()
  const blobs = new BlobDirectory(directory)
  expect(await blobs.ingest(streamOf(bytes))).toEqual({ digest: descriptor.digest, size: 5 })
  expect(blobs.pathOf(descriptor.digest)).toBe(join(directory, 'sha256', descriptor.digest.slice(7)))
  await expect(blobs.put(describeBytes(Buffer.from('other')), streamOf(bytes))).rejects.toMatchObject({
    code: 'DIGEST_MISMATCH',
  })
  expect(await readdir(join(directory, '.tmp'))).toEqual([])
  expect(await readdir(join(directory, 'sha256'))).toEqual([descriptor.digest.slice(7)])
})

test('lists and deletes blobs, and passes over strangers', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  expect(await Array.fromAsync(blobs.list())).toEqual([])
  await blobs.put(descriptor, streamOf(bytes))
  await writeFile(join(blobs.pathOf(descriptor.digest), '..', 'README'), 'x')
  expect(await Array.fromAsync(blobs.list())).toEqual([
    { digest: descriptor.digest, size: 5, usedAt: expect.any(Number) },
  ])
  await blobs.delete(descriptor.digest)
  await blobs.delete(descriptor.digest)
  expect(await Array.fromAsync(blobs.list())).toEqual([])
})

test('a blob that was cut off counts as missing and is replaced', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  await blobs.put(descriptor, streamOf(bytes))
  await chmod(blobs.pathOf(descriptor.digest), 0o644)
  await truncate(blobs.pathOf(descriptor.digest), 3)
  expect(await blobs.has(descriptor)).toBe(false)
  await blobs.put(descriptor, streamOf(bytes))
  expect(Buffer.from(await readAll(await blobs.open(descriptor), 10)).toString()).toBe('hello')
})

test('a blob that was changed is not believed', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  await blobs.put(descriptor, streamOf(bytes))
  await chmod(blobs.pathOf(descriptor.digest), 0o644)
  await writeFile(blobs.pathOf(descriptor.digest), 'jello')
  await expect(readAll(await blobs.open(descriptor), 10)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
})

test('a directory, or a device, in place of a blob is no content', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  await mkdir(blobs.pathOf(descriptor.digest), { recursive: true })
  expect(await blobs.has(descriptor)).toBe(false)
  await expect(blobs.open(descriptor)).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('the first write removes what dead processes left, and only that', async () => {
  const directory = await temporaryDirectory()
  const temporary = join(directory, '.tmp')
  await mkdir(temporary)
  const [pid, , ...domain] = currentOwner().split('-')
  const names = {
    mine: `${currentOwner()}.aa`,
    dead: `${pid}-1-${domain.join('-')}.bb`,
    foreign: '17-17-4026531836-ffffffff.cc',
    foreignOld: '18-18-4026531836-ffffffff.dd',
  }
  for (const name of Object.values(names)) await writeFile(join(temporary, name), 'x')
  const longAgo = new Date(Date.now() - 48 * 60 * 60 * 1000)
  await utimes(join(temporary, names.foreignOld), longAgo, longAgo)
  await new BlobDirectory(directory).put(descriptor, streamOf(bytes))
  expect((await readdir(temporary)).toSorted()).toEqual([names.mine, names.foreign].toSorted())
})

test('use is noted, so that garbage collection sees it', async () => {
  const blobs = new BlobDirectory(await temporaryDirectory())
  await blobs.put(descriptor, streamOf(bytes))
  await utimes(blobs.pathOf(descriptor.digest), 0, 0)
  await blobs.has(descriptor)
  expect((await stat(blobs.pathOf(descriptor.digest))).mtimeMs).toBeGreaterThan(0)
})

test('adopts another directory’s file without moving bytes', async () => {
  const directory = await temporaryDirectory()
  const [from, to] = [new BlobDirectory(join(directory, 'a')), new BlobDirectory(join(directory, 'b'))]
  expect(await to.adopt(descriptor, from)).toBe(false)
  await from.put(descriptor, streamOf(bytes))
  expect(await to.adopt({ ...descriptor, size: 4 }, from)).toBe(false)
  expect(await to.adopt(descriptor, from)).toBe(true)
  expect((await stat(to.pathOf(descriptor.digest))).ino).toBe((await stat(from.pathOf(descriptor.digest))).ino)
  await from.delete(descriptor.digest)
  expect(await to.has(descriptor)).toBe(true)
})

const mayMount = process.getuid?.() === 0 && canMount()
test.skipIf(!mayMount)(
  'a full disk is NO_SPACE, and leaves the store as it was (skipped without the right to mount)',
  async () => {
    const directory = await temporaryDirectory()
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', directory])
    try {
      const blobs = new BlobDirectory(directory)
      await blobs.put(descriptor, streamOf(bytes))
      const large = randomBytes(1024 * 1024)
      const failure = blobs.put(describeBytes(large), streamOf(large))
      await expect(failure).rejects.toMatchObject({
        code: 'NO_SPACE',
        message: expect.stringContaining(directory),
      })
      expect(await readdir(join(directory, '.tmp'))).toEqual([])
      expect(Buffer.from(await readAll(await blobs.open(descriptor), 10)).toString()).toBe('hello')
      await blobs.put(describeBytes(Buffer.from('small')), streamOf(Buffer.from('small')))
    } finally {
      execFileSync('umount', [directory])
    }
  },
)

/** Asks by trying, in a namespace of its own, where nothing remains. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
