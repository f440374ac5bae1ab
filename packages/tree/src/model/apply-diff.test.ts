import fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyDiff, treeOf } from './apply-diff.ts'
import { diffTrees } from './diff-trees.ts'
import type { Diff } from './diff.ts'
import { squash } from './squash.ts'
import { directory, file, plain, setAll, trees, treeOf as build } from '../testing/trees.ts'
import { layeredView, viewOf } from './view.ts'

/** Diffs between random trees, with opaque and replaced directories. */
const diffs: fc.Arbitrary<Diff> = fc.tuple(trees, trees, fc.boolean()).map(([before, after, isOpaque]) => {
  const diff = new Map(diffTrees(before, after))
  const top = diff.get('a')
  if (isOpaque && top?.type === 'set' && top.entry.type === 'directory') diff.set('a', { ...top, opaque: true })
  return diff
})

test('applying the difference of two trees to the first gives the second', () => {
  fc.assert(
    fc.property(trees, trees, (before, after) => {
      expect(plain(applyDiff(before, diffTrees(before, after)))).toEqual(plain(after))
    }),
  )
})

test('equal trees do not differ', () => {
  fc.assert(fc.property(trees, (tree) => diffTrees(tree, new Map(tree)).size === 0))
})

test('a squashed diff does what its parts do in turn', () => {
  fc.assert(
    fc.property(trees, diffs, diffs, (tree, first, second) => {
      const base = setAll(tree)
      expect(plain(treeOf(layeredView([base, squash([first, second])])))).toEqual(
        plain(treeOf(layeredView([base, first, second]))),
      )
    }),
  )
})

test('squashing is associative', () => {
  fc.assert(
    fc.property(diffs, diffs, diffs, (a, b, c) => {
      expect(plain(squash([squash([a, b]), c]))).toEqual(plain(squash([a, squash([b, c])])))
    }),
  )
})

test('a view of a tree shows the tree', () => {
  fc.assert(
    fc.property(trees, (tree) => {
      expect([...treeOf(viewOf(tree))]).toEqual([...tree])
    }),
  )
})

test('members of a group of hard links are in a difference together', () => {
  const link = { ...directory(), mode: 0o644, type: 'hardlink', target: 'a' } as const
  const before = build({ a: file('1'), b: link })
  expect([...diffTrees(before, build({ a: file('2'), b: link })).keys()]).toEqual(['a', 'b'])
  expect([...diffTrees(before, build({ a: file('1'), b: link, c: link })).keys()]).toEqual(['a', 'b', 'c'])
})

test.each(['user.note', 'system.posix_acl_access', 'security.capability'])(
  'the attribute %s is a difference',
  (name) => {
    const before = build({ a: file('1'), d: directory() })
    const xattrs = new Map([[name, Uint8Array.of(1)]])
    const after = build({ a: { ...file('1'), xattrs }, d: { ...directory(), xattrs } })
    expect([...diffTrees(before, after).keys()]).toEqual(['a', 'd'])
    expect(
      diffTrees(
        before,
        build({ a: { ...file('1'), xattrs: new Map([['trusted.x', Uint8Array.of(1)]]) }, d: directory() }),
      ).size,
    ).toBe(0)
  },
)

test('a removed directory is one removal', () => {
  const diff = diffTrees(build({ 'd/e/f': file('1'), g: file('2') }), build({ g: file('2') }))
  expect([...diff]).toEqual([['d', { type: 'remove' }]])
})

test('applying a diff shows what a view of both layers shows, in path order', () => {
  fc.assert(
    fc.property(trees, diffs, (tree, diff) => {
      expect(applied(tree, diff)).toEqual([...treeOf(layeredView([setAll(tree), diff]))])
    }),
  )
})

test('a hard link of the tree below is the file it linked to when its target is replaced, hidden or removed', () => {
  const link = (target: string) => ({ ...directory(), mode: 0o644, type: 'hardlink', target }) as const
  const tree = build({ a: file('1'), b: link('a'), c: link('a'), 'd/one': file('2'), two: link('d/one') })
  const changes: readonly Diff[] = [
    new Map([['a', { type: 'set', entry: file('3') }]]),
    new Map([['a', { type: 'remove' }]]),
    new Map([['d', { type: 'remove' }]]),
    new Map([['d', { type: 'set', entry: directory(), opaque: true }]]),
    new Map([['d/one/deep', { type: 'set', entry: file('4') }]]),
    new Map([
      ['a', { type: 'set', entry: file('3') }],
      ['b', { type: 'set', entry: link('a') }],
    ]),
  ]
  for (const diff of changes) expect(applied(tree, diff)).toEqual([...treeOf(layeredView([setAll(tree), diff]))])
})

function applied(tree: ReturnType<typeof build>, diff: Diff): unknown {
  return [...applyDiff(tree, diff)]
}
