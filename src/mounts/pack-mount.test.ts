import { createCipheriv, randomBytes } from 'node:crypto'
import {
  chmod,
  link,
  lstat,
  mkdir,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { BlobDirectory } from '@tsbuild/content'
import { expect } from 'vitest'
import { test as plainTest } from '../layer/testing/store.ts'
import { decodeMount } from './mount-manifest.ts'
import { hostOwners } from './mount-owners.ts'
import { type PackedMount, type PackRequest, packMount } from './pack-mount.ts'
import { unpackMount } from './unpack-mount.ts'

/** A mount, and a cache that has what was packed of it. */
class Mount {
  readonly root: string
  readonly directory: string
  readonly blobs: BlobDirectory
  #packed: PackRequest['previous']

  constructor(root: string) {
    this.root = root
    this.directory = join(root, 'mount')
    this.blobs = new BlobDirectory(join(root, 'cache'))
  }

  /** Packs the present files; resolves with the bytes that the cache did not have. */
  async pack(options: Partial<PackRequest> = {}): Promise<PackedMount & { readonly added: number }> {
    const before = await this.size()
    const packed = await packMount({
      directory: this.directory,
      blobs: this.blobs,
      owners: hostOwners,
      maxSize: 1e9,
      signal: new AbortController().signal,
      ...(this.#packed && { previous: this.#packed }),
      ...options,
    })
    const { digest } = packed.manifest
    this.#packed = { digest, manifest: await decodeMount(await readFile(this.blobs.pathOf(digest))) }
    return { ...packed, added: (await this.size()) - before }
  }

  async unpack({ manifest }: PackedMount, name: string): Promise<string> {
    const directory = join(this.root, name)
    await unpackMount({
      directory,
      draft: `${directory}-draft`,
      blobs: this.blobs,
      manifest: { mediaType: 'a/b', ...manifest },
      owners: hostOwners,
      signal: new AbortController().signal,
    })
    return directory
  }

  async size(): Promise<number> {
    return (await Array.fromAsync(this.blobs.list())).reduce((sum, { size }) => sum + size, 0)
  }
}

const test = plainTest.extend<{ readonly mount: Mount }>({
  mount: async ({ store }, use) => {
    const mount = new Mount(join(store.paths.root, 'test'))
    await mkdir(mount.directory, { recursive: true })
    await use(mount)
  },
})

/** Bytes that cannot be compressed; the same for the same seed. */
function noise(length: number, seed: number): Buffer {
  return createCipheriv('aes-256-ctr', Buffer.alloc(32, seed), Buffer.alloc(16)).update(Buffer.alloc(length))
}

/** Everything that a mount is to keep, by path. */
async function describe(directory: string): Promise<ReadonlyMap<string, unknown>> {
  const paths = ['', ...(await readdir(directory, { recursive: true }))].sort()
  const described = await Promise.all(
    paths.map(async (path) => {
      const host = join(directory, path)
      const { mode, uid, gid, mtimeNs, nlink } = await lstat(host, { bigint: true })
      const kind = Number(mode) & 0o170000
      const content = kind === 0o100000 ? await readFile(host, 'hex') : kind === 0o120000 ? await readlink(host) : ''
      return [path, { mode, uid, gid, mtimeNs, content, ...(kind === 0o100000 && { nlink }) }] as const
    }),
  )
  return new Map(described)
}

async function fill({ directory }: Mount): Promise<void> {
  await mkdir(join(directory, 'd/empty'), { recursive: true })
  await writeFile(join(directory, 'd/large'), noise(3_000_000, 1))
  await writeFile(join(directory, 'text'), 'text '.repeat(100_000))
  await writeFile(join(directory, 'nothing'), '')
  await writeFile(join(directory, 'program'), '#!/bin/sh\n', { mode: 0o755 })
  await link(join(directory, 'text'), join(directory, 'd/same'))
  await symlink('../../etc/passwd', join(directory, 'd/link'))
  await utimes(join(directory, 'd'), 1_600_000_000.25, 1_600_000_000.5)
  await chmod(join(directory, 'd/empty'), 0o500)
}

test('a mount comes back as it was', async ({ mount }) => {
  await fill(mount)
  const directory = await mount.unpack(await mount.pack(), 'other')
  expect(await describe(directory)).toEqual(await describe(mount.directory))
  expect(await readdir(join(directory, '..'))).not.toContain('other-draft')
})

test('what is in the cache is not packed again', async ({ mount }) => {
  await fill(mount)
  const first = await mount.pack()
  expect(first.added).toBeGreaterThan(3_000_000)
  expect(await mount.pack()).toMatchObject({ manifest: first.manifest, added: 0 })
  const content = await readFile(join(mount.directory, 'd/large'))
  await writeFile(join(mount.directory, 'd/large'), Buffer.concat([content.subarray(0, 999), content.subarray(500)]))
  const changed = await mount.pack()
  expect(changed.added).toBeGreaterThan(10_000)
  expect(changed.added).toBeLessThan(600_000)
  const directory = await mount.unpack(changed, 'other')
  expect(await describe(directory)).toEqual(await describe(mount.directory))
})

test('a file is read again after any change, even one that keeps size and time', async ({ mount }) => {
  const path = join(mount.directory, 'f')
  await writeFile(path, 'one')
  await utimes(path, 1_600_000_000, 1_600_000_000)
  const directory = await mount.unpack(await mount.pack(), 'other')
  for (const at of [mount.directory, directory]) {
    await writeFile(join(at, 'f'), 'two')
    await utimes(join(at, 'f'), 1_600_000_000, 1_600_000_000)
    const packed = await mount.pack({ directory: at })
    expect(await readFile(join(await mount.unpack(packed, `${randomBytes(4).toString('hex')}`), 'f'), 'utf8')).toBe(
      'two',
    )
  }
})

test('files used longest ago are left out', async ({ mount }) => {
  await mkdir(join(mount.directory, 'old'))
  for (const [name, used] of [
    ['old/a', 1_600_000_000],
    ['b', 1_650_000_000],
    ['c', 1_640_000_000],
  ] as const) {
    await writeFile(join(mount.directory, name), noise(1000, used % 200))
    await utimes(join(mount.directory, name), used, 1_500_000_000)
  }
  const packed = await mount.pack({ maxSize: 2500 })
  expect(packed.dropped).toBe(1)
  const directory = await mount.unpack(packed, 'other')
  expect((await readdir(directory)).sort()).toEqual(['b', 'c'])
  // The time of the last use is carried, to the hour.
  expect((await lstat(join(directory, 'b'))).atimeMs / 1000).toBeGreaterThan(1_650_000_000 - 3601)
})

test('wrong and missing chunks leave no mount', async ({ mount }) => {
  await writeFile(join(mount.directory, 'a'), noise(100_000, 1))
  const packed = await mount.pack()
  const [pack] = packed.packs
  const path = mount.blobs.pathOf(pack?.digest ?? packed.manifest.digest)
  const bytes = await readFile(path)
  await rm(path)
  await expect(mount.unpack(packed, 'other')).rejects.toThrow('ENOENT')
  await writeFile(
    path,
    bytes.map((byte, index) => (index === 50_000 ? byte ^ 1 : byte)),
  )
  await expect(mount.unpack(packed, 'other')).rejects.toThrow('a chunk of')
  await writeFile(path, bytes.subarray(0, 1000))
  await expect(mount.unpack(packed, 'other')).rejects.toThrow()
  expect((await readdir(mount.root)).filter((name) => name.startsWith('other'))).toEqual([])
})
