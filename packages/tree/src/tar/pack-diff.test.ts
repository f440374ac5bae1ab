import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIndex, type IndexedTar } from './decode-index.ts'
import type { Change, Diff, LocatedChange } from '../model/diff.ts'
import { diffTrees } from '../model/diff-trees.ts'
import { encodeIndex } from './encode-index.ts'
import type { Entry } from '../model/entry.ts'
import { indexTar } from './index-tar.ts'
import { contentOf } from '../model/memory-content.ts'
import { packDiff } from './pack-diff.ts'
import { collect, directory, file, owned, plain, setAll, treeOf, trees } from '../testing/trees.ts'

async function pack(diff: Diff): Promise<{ tar: Buffer; located: LocatedChange[] }> {
  const located: LocatedChange[] = []
  const tar = await collect(packDiff(diff, (change) => located.push(change)))
  return { tar, located }
}

async function* one(tar: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield tar
}

/** Opens contents of a tar in memory. */
const tarOf = (tar: Buffer): IndexedTar => ({
  open: ({ offset, size }) => one(tar.subarray(offset, offset + size)),
  readAt: async (start, length) => tar.subarray(start, start + length),
})

test('indexing a packed diff gives the diff back, from the tar and from the record made while packing', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, fc.boolean(), async (before, after, isOpaque) => {
      const diff = new Map(diffTrees(before, after))
      const root = diff.get('a')
      if (isOpaque && root?.type === 'set' && root.entry.type === 'directory') diff.set('a', { ...root, opaque: true })
      const { tar, located } = await pack(diff)
      const indexed = await Array.fromAsync(indexTar(one(tar)))
      for (const changes of [located, indexed]) {
        const back = decodeIndex(encodeIndex(changes), tarOf(tar))
        expect(plain(back)).toEqual(plain(diff))
        for (const [path, change] of back) {
          if (change.type !== 'set' || change.entry.type !== 'file') continue
          const original = diff.get(path)
          const wanted =
            original?.type === 'set' && original.entry.type === 'file'
              ? await collect(original.entry.content.open())
              : undefined
          expect(await collect(change.entry.content.open())).toEqual(wanted)
          expect(await change.entry.content.readAt?.(1, 2)).toEqual(Buffer.from(wanted ?? []).subarray(1, 3))
        }
      }
    }),
  )
})

test('the same diff gives the same bytes in any order of its map', async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const forward = await pack(setAll(tree))
      const backward = await pack(new Map([...setAll(tree)].reverse()))
      expect(backward.tar.equals(forward.tar)).toBe(true)
    }),
  )
})

test('an empty diff is the empty archive', async () => {
  const { tar } = await pack(new Map())
  expect(tar.equals(Buffer.alloc(1024))).toBe(true)
})

test('entries are in path order, removals and opaque directories are marked as the image specification says', async () => {
  const diff = new Map<string, Change>([
    ['d.x', { type: 'set', entry: file('1') }],
    ['d/gone', { type: 'remove' }],
    ['d/e', { type: 'set', entry: directory(), opaque: true }],
    ['d', { type: 'set', entry: directory() }],
  ])
  const { tar } = await pack(diff)
  const listing = execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--utc'], { input: tar, encoding: 'utf8' })
  expect(
    listing
      .trim()
      .split('\n')
      .map((line) =>
        line
          .split(/\s+/)
          .filter((_, index) => index !== 4)
          .join(' '),
      ),
  ).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 d/',
    'drwxr-xr-x 0/0 0 1970-01-01 d/e/',
    '---------- 0/0 0 1970-01-01 d/e/.wh..wh..opq',
    '---------- 0/0 0 1970-01-01 d/.wh.gone',
    '-rw-r--r-- 0/0 1 1970-01-01 d.x',
  ])
})

test('the first of several hard links carries the data wherever the tree has it', async () => {
  const diff = setAll(
    new Map<string, Entry>([
      ['z', file('data')],
      ['m', { ...owned, mode: 0o644, type: 'hardlink', target: 'z' }],
      ['a', { ...owned, mode: 0o644, type: 'hardlink', target: 'm' }],
    ]),
  )
  const { located } = await pack(diff)
  expect(
    located.map(({ path, change }) => [
      path,
      change.type === 'set' && change.entry.type === 'hardlink' ? change.entry.target : 'data',
    ]),
  ).toEqual([
    ['a', 'data'],
    ['m', 'a'],
    ['z', 'a'],
  ])
})

test('capabilities without a root id, ACLs and attributes of users travel, nothing else', async () => {
  const v2 = Buffer.from('0100000200040000000000000000000000000000', 'hex')
  const v3 = Buffer.concat([
    Buffer.from('0100000300040000000000000000000000000000', 'hex'),
    Buffer.from('a0860100', 'hex'),
  ])
  const value = Uint8Array.of(1)
  const others = ['security.selinux', 'trusted.x', 'user.overlay.opaque', 'user.a=b', 'system.nfs4_acl']
  const kept = ['system.posix_acl_access', 'system.posix_acl_default', 'user.overlaid', 'user.note']
  const xattrs = new Map<string, Uint8Array>([
    ...[...others, ...kept].map((name) => [name, value] as const),
    ['security.capability', v3],
  ])
  const { located } = await pack(setAll(new Map([['f', { ...file('x'), xattrs }]])))
  const [change] = located
  const found = change?.change.type === 'set' ? [...(change.change.entry.xattrs ?? [])] : []
  expect(found).toEqual([['security.capability', Uint8Array.from(v2)], ...kept.toSorted().map((name) => [name, value])])
})

test('digests that are not known are computed on the way', async () => {
  const { digest, ...content } = contentOf('hello')
  const { located } = await pack(setAll(new Map<string, Entry>([['f', { ...owned, type: 'file', content }]])))
  expect(located).toMatchObject([{ change: { entry: { content: { digest, size: 5, offset: 512 } } } }])
})

test.each([4, 6])('a content of 5 bytes in a file of %i is refused', async (size) => {
  const content = { ...contentOf('hello'), size }
  await expect(
    pack(setAll(new Map<string, Entry>([['f', { ...owned, type: 'file', content }]]))),
  ).rejects.toMatchObject({
    code: 'FILE_CHANGED',
    path: 'f',
  })
})

test('a name that reads as a whiteout is refused', async () => {
  await expect(pack(setAll(treeOf({ 'd/.wh.x': file('1') })))).rejects.toMatchObject({ code: 'NAME_RESERVED' })
})

test('a reader that is done with a chunk when it asks for the next gets the same bytes from chunks that are reused', async () => {
  const tree = treeOf({
    large: file('l'.repeat(300_000)),
    ...Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`f${at}`, file(`${at}`.repeat(200))])),
  })
  const { tar } = await pack(setAll(tree))
  const copies: Buffer[] = []
  const buffers = new Set<ArrayBufferLike>()
  for await (const chunk of packDiff(setAll(tree), () => {}, { reuseChunks: true })) {
    copies.push(Buffer.from(chunk))
    buffers.add(chunk.buffer)
  }
  expect(Buffer.concat(copies).equals(tar)).toBe(true)
  expect(copies.length).toBeGreaterThan(4)
  expect(buffers.size).toBeLessThan(copies.length)
})
