import { digestOf } from '@tsbuild/oci'
import { describe, expect, test } from 'vitest'
import { asDigest } from './as-digest.ts'
import { isRepositoryName, isTag } from './grammar.ts'
import { formatScope, parseScopes } from './scope.ts'

describe('repository names', () => {
  test.each(['a', 'app', 'a/b/c', 'a.b_c__d-e--f/0', 'registry.example/team/app', 'blobs/uploads'])(
    '%s is one',
    (name) => expect(isRepositoryName(name)).toBe(true),
  )
  const others = [
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '.',
    '..',
    'a/..',
    '../a',
    'a/../b',
    'A',
    'ä',
    'a b',
    'a\0',
    'a\nb',
    '_tags',
  ]
  test.each([...others, 'a/_blobs', 'a___b', 'a..b', '-a', 'a-', 'a:1', 'a\\b', 'x'.repeat(256)])(
    '%j is no name',
    (name) => expect(isRepositoryName(name)).toBe(false),
  )

  test('a name that would take a backtracking pattern for ever is refused', () => {
    for (const end of ['!', '/', '-']) expect(isRepositoryName(`${'a-'.repeat(127)}${end}`)).toBe(false)
  })
})

test.each([
  ['1.0', true],
  ['_a', true],
  ['a'.repeat(128), true],
  ['a'.repeat(129), false],
  ['.hidden', false],
  ['-a', false],
  ['..', false],
  ['a/b', false],
  ['', false],
])('tag %s: %s', (tag, expected) => expect(isTag(tag)).toBe(expected))

test('digests of both algorithms', () => {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const digest = digestOf(Buffer.from('a'), algorithm)
    expect(asDigest(digest)).toBe(digest)
    expect(asDigest(digest.toUpperCase())).toBeUndefined()
    expect(asDigest(`${digest}0`)).toBeUndefined()
  }
  for (const text of ['', 'sha256:', 'sha256:../../x', `sha512:${'a'.repeat(64)}`, `md5:${'a'.repeat(32)}`])
    expect(asDigest(text)).toBeUndefined()
})

test('scopes', () => {
  const texts = ['repository:a/b:pull,push registry:catalog:*', 'repository:c:*', 'repository(plugin):d:delete']
  expect(parseScopes([...texts, 'repository:../x:pull', 'repository:a:fly', 'user:a:b', '']).map(formatScope)).toEqual([
    'repository:a/b:pull,push',
    'registry:catalog:*',
    'repository:c:pull,push,delete',
    'repository:d:delete',
  ])
  expect(parseScopes(Array.from({ length: 1000 }, () => 'repository:a:pull'))).toHaveLength(100)
})
