import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Change, Diff, Entry, Path } from '@tsbuild/tree'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { shownState } from './earlier-state.ts'
import { normalizeDiff } from './normalize-diff.ts'
import { file } from '../testing/rootfs.ts'

let before = ''
const ids = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }

beforeAll(() => {
  before = mkdtempSync(join(tmpdir(), 'before-'))
  mkdirSync(join(before, 'a/b/c'), { recursive: true })
  writeFileSync(join(before, 'a/file'), '')
  writeFileSync(join(before, 'a/b/c/deep'), '')
  for (const path of ['a/b/c', 'a/b', 'a']) utimesSync(join(before, path), 100, 100.75)
})
afterAll(() => rmSync(before, { recursive: true }))

const directory = (changes: Partial<Entry> = {}): Extract<Change, { type: 'set' }> => ({
  type: 'set',
  entry: { mode: 0o755, mtime: 100, ...ids, ...changes, type: 'directory' },
})
const opaque = (): Change => ({ ...directory(), opaque: true })
const content: Change = { type: 'set', entry: file('x') }
const remove: Change = { type: 'remove' }
/** Paths in the order scans have them; opaque marks are shown. */
const normalized = async (changes: Readonly<Record<Path, Change>>): Promise<readonly string[]> => {
  const diff: Diff = await normalizeDiff(new Map(Object.entries(changes)), shownState(before))
  return [...diff]
    .map(([path, change]) => (change.type === 'remove' ? `-${path}` : change.opaque ? `!${path}` : path))
    .toSorted()
}

test('directories that were only copied up are left out, those above changes are not', async () => {
  expect(await normalized({ a: directory(), 'a/b': directory() })).toEqual([])
  expect(await normalized({ a: directory(), 'a/b': directory(), 'a/b/new': content })).toEqual(['a', 'a/b', 'a/b/new'])
  expect(await normalized({ a: directory(), 'a/b': directory(), 'a/file': remove })).toEqual(['-a/file', 'a'])
})

test.each([{ mode: 0o700 }, { uid: 12345 }, { gid: 12345 }])(
  'a directory with other metadata %j stays',
  async (changes) => {
    expect(await normalized({ a: directory(), 'a/b': directory(changes) })).toEqual(['a', 'a/b'])
  },
)

test('a directory of which only the time changed is left out, unless something in it changed', async () => {
  expect(await normalized({ a: directory({ mtime: 101 }), 'a/b': directory({ mtime: 101 }) })).toEqual([])
  expect(await normalized({ a: directory(), 'a/b': directory({ mtime: 101 }), 'a/file': remove })).toEqual([
    '-a/file',
    'a',
  ])
})

test('a new directory is no replacement, in spite of marks of the kernel', async () => {
  expect(await normalized({ new: opaque(), 'new/sub': opaque() })).toEqual(['new', 'new/sub'])
})

test('a directory made anew is the removal of what it has no more', async () => {
  expect(await normalized({ a: opaque() })).toEqual(['-a/b', '-a/file', 'a'])
  expect(await normalized({ a: opaque(), 'a/b': directory(), 'a/b/other': content })).toEqual([
    '-a/b/c',
    '-a/file',
    'a',
    'a/b',
    'a/b/other',
  ])
  expect(await normalized({ a: opaque(), 'a/b': content, 'a/file': content })).toEqual(['a', 'a/b', 'a/file'])
})
