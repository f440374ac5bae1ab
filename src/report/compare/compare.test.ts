import { expect, test } from 'vitest'
import type { ImageConfig } from '@tsbuild/oci'
import type { Entry, Tree } from '@tsbuild/tree'
import { file, folder, hardlinkTo, symlinkTo } from '../../layer/testing/store.ts'
import { compareConfigs } from './compare-configs.ts'
import { compareFiles } from './compare-files.ts'
import { comparePackages } from './compare-packages.ts'

function treeOf(entries: Readonly<Record<string, Entry>>): Tree {
  return new Map(Object.entries({ '': folder(), ...entries }))
}

function changes(before: Readonly<Record<string, Entry>>, after: Readonly<Record<string, Entry>>, times = false) {
  return [...compareFiles(treeOf(before), treeOf(after), times)].map(({ path, change, aspects }) => [
    path,
    change,
    ...aspects,
  ])
}

test('paths that differ, with what differs about them', () => {
  const before = {
    same: file('x'),
    content: file('a'),
    mode: file('x'),
    owner: file('x'),
    kind: file('x'),
    link: symlinkTo('a'),
    gone: file('x'),
  }
  const after = {
    same: file('x'),
    content: file('b'),
    mode: file('x', { mode: 0o755 }),
    owner: file('x', { uid: 7 }),
    kind: folder(),
    link: symlinkTo('b'),
    new: file('x'),
  }
  expect(changes(before, after)).toEqual([
    ['content', 'changed', 'content'],
    ['mode', 'changed', 'mode'],
    ['owner', 'changed', 'owner'],
    ['kind', 'changed', 'type', 'mode'],
    ['link', 'changed', 'target'],
    ['new', 'added'],
    ['gone', 'removed'],
  ])
})

test('times count only on request', () => {
  const [before, after] = [{ a: file('x', { mtime: 1 }) }, { a: file('x', { mtime: 2 }) }]
  expect(changes(before, after)).toEqual([])
  expect(changes(before, after, true)).toEqual([['a', 'changed', 'time']])
})

test('names of one file are equal in any order of the tar', () => {
  expect(changes({ a: file('x'), b: hardlinkTo('a') }, { a: hardlinkTo('b'), b: file('x') })).toEqual([])
  expect(changes({ a: file('x'), b: hardlinkTo('a') }, { a: file('x'), b: file('y') })).toEqual([
    ['b', 'changed', 'content'],
  ])
})

test('settings by name: variables and labels one by one, empty ones like absent ones', () => {
  const image: ImageConfig = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }
  const before = { ...image, created: '2001-01-01T00:00:00Z', config: { Env: ['A=1', 'B=x=y'], Cmd: ['a'], User: '' } }
  const after = {
    ...image,
    config: { Env: ['B=x=z', 'C'], Cmd: ['a'], Labels: { k: 'v' }, ExposedPorts: { '80/tcp': {} } },
  }
  expect(compareConfigs(before, after, false)).toEqual([
    { name: 'Env A', before: '1' },
    { name: 'Env B', before: 'x=y', after: 'x=z' },
    { name: 'Env C', after: '' },
    { name: 'ExposedPorts 80/tcp', after: '' },
    { name: 'Labels k', after: 'v' },
  ])
  expect(compareConfigs(before, before, true)).toEqual([])
  expect(compareConfigs(before, after, true)).toContainEqual({ name: 'created', before: '2001-01-01T00:00:00Z' })
})

test('packages by ecosystem and name, several versions joined', () => {
  const one = (type: string, name: string, version: string) => ({ type, name, version, source: 'x' })
  const before = [one('npm', 'a', '1'), one('npm', 'b', '1'), one('npm', 'b', '2'), one('deb', 'a', '9')]
  const after = [one('npm', 'b', '2'), one('deb', 'a', '9'), one('npm', 'c', '1')]
  expect(comparePackages(before, after)).toEqual([
    { type: 'npm', name: 'a', before: '1' },
    { type: 'npm', name: 'b', before: '1, 2', after: '2' },
    { type: 'npm', name: 'c', after: '1' },
  ])
})
