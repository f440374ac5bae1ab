import type { Change, Diff } from '@tsbuild/tree'
import { expect, test } from 'vitest'
import { clampTimes } from './clamp-times.ts'
import { file } from '../testing/store.ts'

test('nothing is later than the epoch, what is older keeps its time, the given diff is left alone', () => {
  const diff: Diff = new Map<string, Change>([
    ['new', { type: 'set', entry: file('x', { mtime: 100 }), opaque: true }],
    ['old', { type: 'set', entry: file('y', { mtime: 10 }) }],
    ['gone', { type: 'remove' }],
  ])
  const clamped = clampTimes(diff, 50)
  expect([...clamped.keys()]).toEqual(['new', 'old', 'gone'])
  expect(clamped.get('new')).toMatchObject({ entry: { mtime: 50, mode: 0o644 }, opaque: true })
  expect(clamped.get('old')).toMatchObject({ entry: { mtime: 10 } })
  expect(clamped.get('gone')).toEqual({ type: 'remove' })
  expect(diff.get('new')).toMatchObject({ entry: { mtime: 100 } })
})
