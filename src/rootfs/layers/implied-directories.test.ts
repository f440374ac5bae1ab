import { emptyView, viewOf } from '@tsbuild/tree'
import { expect, test } from 'vitest'
import { directoriesAt, impliedDirectories } from './implied-directories.ts'
import { directory, file, set } from '../testing/rootfs.ts'

test('every directory between a change and the root that the diff lacks is implied', () => {
  expect([...impliedDirectories(set({ a: directory(), 'a/b/c/d': file('x'), e: file('y') }))]).toEqual(['a/b/c', 'a/b'])
  expect([...impliedDirectories(new Map([['a/b', { type: 'remove' }]]))]).toEqual(['a'])
  expect(impliedDirectories(set({ a: directory(), 'a/b': directory(), 'a/b/c': file('x') })).size).toBe(0)
})

test('only directories count as what lies below', () => {
  const below = viewOf(
    new Map([
      ['a', { ...directory(), uid: 7 }],
      ['b', file('x')],
    ]),
  )
  expect([...directoriesAt(['a', 'b', 'c'], below)]).toEqual([['a', { ...directory(), uid: 7 }]])
  expect(directoriesAt(['a'], emptyView).size).toBe(0)
})
