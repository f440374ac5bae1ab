import { spawnSync } from 'node:child_process'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { readAll } from '@tsbuild/content'
import { writeTar } from '@tsbuild/tar'
import { expect } from 'vitest'
import { contentOf } from '@tsbuild/tree'
import { streamOf, test } from '../../layer/testing/store.ts'
import { readMembers } from './read-members.ts'
import { sniffArchive } from './sniff-archive.ts'

async function* entries() {
  const metadata = { mode: 0o644, uid: 5, gid: 6, mtime: 7 }
  yield { entry: { ...metadata, type: 'file', path: 'f', size: 4 }, body: streamOf('text') } as const
  yield { entry: { ...metadata, type: 'symlink', path: 'l', target: 'f' } } as const
}
const tarball = async () => Buffer.from(await readAll(writeTar(entries()), 100_000))

/** `undefined` where the program is not installed. */
function filtered(program: string, input: Uint8Array): Uint8Array | undefined {
  const { status, stdout } = spawnSync(program, ['-c'], { input })
  return status === 0 ? stdout : undefined
}

const isInstalled = (program: string): boolean => spawnSync(program, ['--version'], { input: '' }).error === undefined

async function sniffed(bytes: Uint8Array, size = bytes.length) {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const { isTar, plain } = await sniffArchive(pieces())
  return { isTar, plain: await readAll(plain, 1e6).then(Buffer.from, () => 'unreadable') }
}

test('a tar is recognised with any compression and in any pieces, and all of it is passed on', async () => {
  const tar = await tarball()
  for (const bytes of [tar, gzipSync(tar), zstdCompressSync(tar)])
    for (const size of [1, 100, 100_000]) expect(await sniffed(bytes, size)).toEqual({ isTar: true, plain: tar })
})

for (const program of ['bzip2', 'xz']) {
  const missing = !isInstalled(program)
  test.skipIf(missing)(missing ? `${program} (left out: not installed)` : program, async () => {
    const tar = await tarball()
    expect(await sniffed(filtered(program, tar) ?? tar.subarray(1))).toEqual({ isTar: true, plain: tar })
  })
}

test('other streams are no tar: text, no bytes, compressed text, zeros, a mere beginning', async () => {
  const tar = await tarball()
  const other = [Buffer.from('text'), Buffer.alloc(0), gzipSync('text'), Buffer.alloc(1024), tar.subarray(0, 511)]
  const damaged = [
    gzipSync(tar).subarray(0, 20),
    Buffer.from('BZh9 is no archive'),
    Buffer.from('fd377a585a0000', 'hex'),
    Buffer.from('1f8b', 'hex'),
  ]
  for (const bytes of [...other, ...damaged])
    expect([bytes.length, (await sniffed(bytes)).isTar]).toEqual([bytes.length, false])
  const changed = Buffer.from(tar)
  changed[0] = 0x41
  expect((await sniffed(changed)).isTar).toBe(false)
})

test('members of an archive can be read, also again', async ({ store }) => {
  const members = await readMembers(store, contentOf(gzipSync(await tarball())))
  expect(members?.length).toBe(2)
  expect(JSON.stringify(members)).toContain('"f"')
  expect(await readMembers(store, contentOf(Buffer.from('no archive')))).toBeUndefined()
})

test('a file that is no archive is let go', async ({ store }) => {
  let open = 0
  const content = {
    size: 4,
    async *open() {
      open += 1
      try {
        yield Buffer.from('text')
      } finally {
        open -= 1
      }
    },
  }
  expect(await readMembers(store, content)).toBeUndefined()
  expect(open).toBe(0)
})

test('what grows beyond all measure is not read to its end', async () => {
  const zeros = Buffer.concat([await tarball(), Buffer.alloc(16 << 20)])
  const growth = { bytes: 8 << 20, times: 100 }
  for (const bytes of [gzipSync(zeros), zstdCompressSync(zeros), filtered('bzip2', zeros), filtered('xz', zeros)]) {
    if (bytes === undefined) continue
    await expect(readAll((await sniffArchive(streamOf(bytes), growth)).plain, 1e8)).rejects.toMatchObject({
      code: 'SOURCE_TOO_LARGE',
    })
  }
  await expect(readAll((await sniffArchive(streamOf(zeros), growth)).plain, 1e8)).resolves.toHaveLength(zeros.length)
})
