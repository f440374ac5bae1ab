import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeIndex, type IndexedTar, type OpenAt } from './decode-index.ts'
import type { LocatedChange } from '../model/diff.ts'
import { encodeIndex } from './encode-index.ts'
import { contentOf } from '../model/memory-content.ts'
import { listingDigest } from '../model/listing-digest.ts'
import { owned } from '../testing/trees.ts'

const digest = contentOf('x').digest
const change: LocatedChange = {
  path: 'ü/\udce4',
  change: {
    type: 'set',
    entry: { ...owned, uid: 2 ** 32 - 1, type: 'file', content: { size: 2 ** 40, digest, offset: 2 ** 45 } },
  },
}
const others: LocatedChange[] = [
  {
    path: 'd',
    change: {
      type: 'set',
      opaque: true,
      entry: { ...owned, type: 'directory', xattrs: new Map([['user.ü', Uint8Array.of(0, 200, 255)]]) },
    },
  },
  { path: 'gone', change: { type: 'remove' } },
  { path: 'l', change: { type: 'set', entry: { ...owned, type: 'symlink', target: '/a' } } },
  { path: 'n', change: { type: 'set', entry: { ...owned, type: 'device', kind: 'character', major: 1, minor: 3 } } },
]

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
const noTar: IndexedTar = { open: nothing, readAt: async () => Buffer.alloc(0) }

test('every kind of change survives, and contents are opened where they lie', () => {
  const opened: unknown[] = []
  const open: OpenAt = (place) => {
    opened.push(place)
    return nothing()
  }
  const diff = decodeIndex(encodeIndex([change, ...others]), { ...noTar, open })
  expect([...diff.keys()]).toEqual(['ü/\udce4', 'd', 'gone', 'l', 'n'])
  const found = diff.get('ü/\udce4')
  expect(found).toMatchObject({
    type: 'set',
    entry: { ...owned, uid: 2 ** 32 - 1, content: { size: 2 ** 40, digest } },
  })
  for (const { path, change: wanted } of others) expect(diff.get(path)).toEqual(wanted)
  if (found?.type === 'set' && found.entry.type === 'file') found.entry.content.open()
  expect(opened).toEqual([{ offset: 2 ** 45, size: 2 ** 40, digest }])
})

test('the map of a sparse file survives', () => {
  const place = {
    size: 2 ** 40,
    digest,
    offset: 512,
    stored: [
      { start: 0, length: 7 },
      { start: 2 ** 39, length: 4096 },
    ],
  }
  const opened: unknown[] = []
  const open: OpenAt = (found) => {
    opened.push(found)
    return nothing()
  }
  const sparse: LocatedChange = {
    path: 's',
    change: { type: 'set', entry: { ...owned, type: 'file', content: place } },
  }
  const diff = decodeIndex(encodeIndex([sparse, ...others]), { ...noTar, open })
  const found = diff.get('s')
  expect(found).toMatchObject({ entry: { ...owned, content: place } })
  if (found?.type === 'set' && found.entry.type === 'file') found.entry.content.open()
  expect(opened).toEqual([place])
  expect(diff.get('l')).toEqual(others[2]?.change)
})

test('an index of nothing is an empty diff', () => {
  expect(decodeIndex(encodeIndex([]), noTar).size).toBe(0)
})

test('any damage is noticed', () => {
  const index = encodeIndex([change, ...others])
  fc.assert(
    fc.property(fc.nat(index.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, bits, isCut) => {
      const damaged = isCut
        ? index.slice(0, at)
        : Uint8Array.from(index, (byte, place) => (place === at ? byte ^ bits : byte))
      expect(() => decodeIndex(damaged, noTar)).toThrow(expect.objectContaining({ code: 'INDEX_CORRUPT' }))
    }),
  )
})

test('listings differ whenever anything that a layer holds does, times aside', () => {
  const base = { ...owned, type: 'file', content: contentOf('1') } as const
  const variants = [
    base,
    { ...base, mode: 0o600 },
    { ...base, uid: 1 },
    { ...base, gid: 1 },
    { ...base, content: contentOf('2') },
    { ...base, xattrs: new Map([['security.capability', Uint8Array.of(1)]]) },
    { ...base, xattrs: new Map([['security.capability', Uint8Array.of(2)]]) },
    { ...owned, type: 'symlink', target: 'x' },
    { ...owned, type: 'hardlink', target: 'x' },
    { ...owned, type: 'directory' },
    { ...owned, type: 'fifo' },
    { ...owned, type: 'device', kind: 'block', major: 1, minor: 1 },
    { ...owned, type: 'device', kind: 'character', major: 1, minor: 1 },
    { ...owned, type: 'device', kind: 'block', major: 1, minor: 2 },
  ] as const
  const digests = variants.map((entry) => listingDigest(new Map([['p', entry]])))
  digests.push(
    listingDigest(new Map([['q', base]])),
    listingDigest(new Map([['p', { type: 'remove' }]])),
    listingDigest(new Map()),
  )
  digests.push(listingDigest(new Map([['p', { type: 'set', entry: { ...owned, type: 'directory' }, opaque: true }]])))
  expect(new Set(digests).size).toBe(digests.length)
  expect(listingDigest(new Map([['p', { ...base, mtime: 99 }]]))).toBe(digests[0])
  expect(listingDigest(new Map([['p', { ...base, xattrs: new Map([['security.selinux', Uint8Array.of(1)]]) }]]))).toBe(
    digests[0],
  )
  expect(listingDigest(new Map([['p', { type: 'set', entry: base }]]))).toBe(digests[0])
})

test('a listing needs the digests of contents', () => {
  const { digest: _, ...content } = contentOf('1')
  expect(() => listingDigest(new Map([['p', { ...owned, type: 'file', content }]]))).toThrow(
    expect.objectContaining({ code: 'DIGEST_UNKNOWN', path: 'p' }),
  )
})
