import { expect, test } from 'vitest'
import { wantedPaths } from './wanted-paths.ts'

test.each([
  [['src'], 'src/a/b', true, false],
  [['src'], 'src', true, true],
  [['src'], 'srcs', false, false],
  [['src/app'], 'src', false, true],
  [['src/app'], '', false, true],
  [['*.json'], 'package.json', true, true],
  [['*.json'], 'src/package.json', false, false],
  [['src/*/x'], 'src/a', false, true],
  [['src/*/x'], 'src/a/x', true, true],
  [['src/*/x'], 'src/a/x/deep', true, false],
  [['src/*/x'], 'src/a/y', false, false],
  [[''], 'anything', true, false],
])('%j and "%s": covers %s, leads to %s', (patterns, path, covers, leadsTo) => {
  const wanted = wantedPaths(patterns)
  expect([wanted.covers(path), wanted.leadsTo(path)]).toEqual([covers, leadsTo])
})

test('without a list everything is wanted', () => {
  expect(wantedPaths(undefined).covers('a/b')).toBe(true)
})
