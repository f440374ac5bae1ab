import { expect, test } from 'vitest'
import type { Change, Diff } from './diff.ts'
import type { Entry } from './entry.ts'
import { contentOf } from './memory-content.ts'
import { directory, file, owned, symlink } from '../testing/trees.ts'
import { emptyView, layeredView, resolveHardlink, viewOf } from './view.ts'

const gone: Change = { type: 'remove' }
const opaque: Change = { type: 'set', entry: directory(), opaque: true }

function layer(changes: Readonly<Record<string, Entry | Change>>): Diff {
  return new Map(
    Object.entries(changes).map(([path, item]): [string, Change] => [
      path,
      item.type === 'set' || item.type === 'remove' ? item : { type: 'set', entry: item },
    ]),
  )
}

const base = layer({
  d: directory({ mode: 0o700 }),
  'd/a': file('a'),
  'd/b': file('b'),
  'd/sub': directory(),
  'd/sub/x': file('x'),
  f: file('f'),
})

test('the root always exists', () => {
  for (const view of [emptyView, layeredView([]), viewOf(new Map()), layeredView([base])])
    expect(view.get('')).toMatchObject({ type: 'directory', mode: 0o755 })
  expect(layeredView([layer({ '': directory({ mode: 0o711 }) }), base]).get('')).toMatchObject({ mode: 0o711 })
})

test('whiteouts take away what is below them too', () => {
  const view = layeredView([base, layer({ d: directory(), 'd/sub': gone, 'd/a': gone })])
  expect(view.children('d')).toEqual(['b'])
  expect([view.get('d/sub'), view.get('d/sub/x'), view.get('d/a')]).toEqual([undefined, undefined, undefined])
  expect(view.children('d/sub')).toEqual([])
})

test('opaque and replaced directories hide what lower layers have in them', () => {
  expect(layeredView([base, layer({ d: opaque, 'd/new': file('n') })]).children('d')).toEqual(['new'])
  expect(
    layeredView([base, layer({ d: file('now a file') }), layer({ d: directory(), 'd/c': file('c') })]).children('d'),
  ).toEqual(['c'])
  expect(layeredView([base, layer({ '': opaque, g: file('g') })]).children('')).toEqual(['g'])
  expect(layeredView([base, layer({ d: symlink('f') })]).get('d/a')).toBeUndefined()
})

test('a later layer shows again what an earlier one hid', () => {
  const view = layeredView([base, layer({ 'd/sub': gone }), layer({ 'd/sub': directory(), 'd/sub/y': file('y') })])
  expect(view.children('d/sub')).toEqual(['y'])
  expect(view.children('d')).toEqual(['a', 'b', 'sub'])
})

test('directories a layer only implies are 0755 unless a lower layer has them', () => {
  const view = layeredView([base, layer({ 'd/p/q': file('q'), 'f/g': file('g') })])
  expect(view.get('d')).toMatchObject({ mode: 0o700 })
  expect(view.get('d/p')).toMatchObject({ type: 'directory', mode: 0o755 })
  expect(view.get('f')).toMatchObject({ type: 'directory' })
  expect(view.children('d')).toEqual(['a', 'b', 'p', 'sub'])
})

test('names come in the order of their bytes', () => {
  expect(
    layeredView([
      layer({ '🧱': file('1'), '\uffee': file('2'), 'a.b': file('3'), a: directory(), B: file('4') }),
    ]).children(''),
  ).toEqual(['B', 'a', 'a.b', '\uffee', '🧱'])
})

test('a hard link keeps the content it linked to when a later layer replaces its target', () => {
  const linked = layer({ a: file('old'), b: { ...owned, type: 'hardlink', target: 'a' } })
  expect(layeredView([linked]).get('b')).toMatchObject({ type: 'hardlink' })
  expect(layeredView([linked, layer({ a: file('new') })]).get('b')).toMatchObject({
    type: 'file',
    content: { digest: contentOf('old').digest },
  })
  expect(layeredView([linked, layer({ a: gone })]).get('b')).toMatchObject({ type: 'file' })
})

test('links that lead nowhere or in rings do not resolve', () => {
  const ring = viewOf(
    new Map<string, Entry>([
      ['a', { ...owned, type: 'hardlink', target: 'b' }],
      ['b', { ...owned, type: 'hardlink', target: 'a' }],
    ]),
  )
  expect(resolveHardlink(ring, { ...owned, type: 'hardlink', target: 'a' })).toBeUndefined()
  expect(resolveHardlink(emptyView, { ...owned, type: 'hardlink', target: 'a' })).toBeUndefined()
})
