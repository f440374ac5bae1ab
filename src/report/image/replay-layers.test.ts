import { expect, test } from 'vitest'
import type { Change, Entry } from '@tsbuild/tree'
import { file, folder, hardlinkTo } from '../../layer/testing/store.ts'
import { replayLayers } from './replay-layers.ts'

const remove: Change = { type: 'remove' }

function replay(...layers: readonly Readonly<Record<string, Entry | Change>>[]) {
  const diffs = layers.map(
    (entries) =>
      new Map(
        Object.entries(entries).map(([path, one]): [string, Change] => [
          path,
          one.type === 'remove' || one.type === 'set' ? one : { type: 'set', entry: one },
        ]),
      ),
  )
  return replayLayers(diffs).map(({ path, layer, hidden }) =>
    hidden === undefined ? `${layer} ${path}` : `${layer} ${path}: ${hidden.cause} by ${hidden.layer}`,
  )
}

test('files that are removed, replaced or written again are hidden', () => {
  const lower = { 'a/x': file('1'), 'a/y': file('2'), b: file('3'), c: file('4') }
  expect(replay(lower, { a: remove }, { b: file('other'), c: file('4', { mode: 0o755 }) })).toEqual([
    '0 a/x: removed by 1',
    '0 a/y: removed by 1',
    '0 b: replaced by 2',
    '0 c: repeated by 2',
    '2 b',
    '2 c',
  ])
})

test('opaque directories hide lower files only, in any order of the layer', () => {
  const opaque: Change = { type: 'set', entry: folder(), opaque: true }
  expect(replay({ 'd/old': file('1') }, { 'd/new': file('2'), d: opaque })).toEqual([
    '0 d/old: removed by 1',
    '1 d/new',
  ])
  expect(replay({ 'd/old': file('1') }, { d: folder() })).toEqual(['0 d/old'])
  expect(replay({ 'd/old': file('1') }, { d: file('2') }, { d: folder(), 'd/z': file('3') })).toEqual([
    '0 d/old: replaced by 1',
    '1 d: replaced by 2',
    '2 d/z',
  ])
})

test('a file with a name left is not hidden', () => {
  const lower = { a: file('1'), b: hardlinkTo('a') }
  expect(replay(lower, { a: remove })).toEqual(['0 a'])
  expect(replay(lower, { a: remove }, { b: remove })).toEqual(['0 a: removed by 2'])
})

test('a path that is removed twice, or below a file, changes nothing', () => {
  expect(replay({ a: file('1') }, { 'a/b': remove, 'x/y': remove }, { a: remove }, { a: remove })).toEqual([
    '0 a: removed by 2',
  ])
})
