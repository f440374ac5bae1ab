import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareDiffs } from './compare-diffs.ts'
import type { Change, Diff } from './diff.ts'
import type { Entry } from './entry.ts'
import { listingDigest } from './listing-digest.ts'
import { directory, file, setAll, trees } from '../testing/trees.ts'

const diffs: fc.Arbitrary<Diff> = trees.map((tree) => setAll(tree))

test('two diffs differ in more than times if and only if their listings do', () => {
  fc.assert(
    fc.property(diffs, diffs, (before, after) => {
      const differ = compareDiffs(before, after).some(({ kinds }) => kinds.some((kind) => kind !== 'time'))
      return differ === (listingDigest(before) !== listingDigest(after))
    }),
  )
})

test('a diff does not differ from itself', () => {
  fc.assert(fc.property(diffs, (diff) => compareDiffs(diff, new Map(diff)).length === 0))
})

const set = (entry: Entry): Change => ({ type: 'set', entry })
const link = (target: string): Change => set({ ...directory(), type: 'symlink', target })
const device = (minor: number): Change => set({ ...directory(), type: 'device', kind: 'character', major: 1, minor })

test.each<[string, Change | undefined, Change | undefined, readonly string[]]>([
  ['added', undefined, set(directory()), ['added']],
  ['removed', set(directory()), undefined, ['removed']],
  ['a removal that is none', { type: 'remove' }, set(directory()), ['type']],
  ['an opaque directory', set(directory()), { type: 'set', entry: directory(), opaque: true }, ['type']],
  ['content', set(file('1')), set(file('2')), ['content']],
  ['the target of a link', link('a'), link('b'), ['content']],
  ['the number of a device', device(3), device(4), ['content']],
  ['another type', link('a'), set({ ...directory(), type: 'fifo' }), ['type']],
  ['mode and owner', set(directory()), set({ ...directory(), mode: 0o700, gid: 7 }), ['mode', 'owner']],
  ['time', set(directory()), set({ ...directory(), mtime: 99 }), ['time']],
  [
    'an attribute',
    set(directory()),
    set({ ...directory(), xattrs: new Map([['user.a', Buffer.from('b')]]) }),
    ['attributes'],
  ],
])('%s', (_, before, after, kinds) => {
  const diff = (change: Change | undefined): Diff => new Map(change === undefined ? [] : [['p', change]])
  expect(compareDiffs(diff(before), diff(after))).toEqual([{ path: 'p', kinds }])
})
