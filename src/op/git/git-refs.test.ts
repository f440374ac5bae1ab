import { expect, test } from 'vitest'
import { findCommit } from './git-refs.ts'

const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(40))
const listing = [
  'ref: refs/heads/main\tHEAD',
  `${a}\tHEAD`,
  `${a}\trefs/heads/main`,
  `${b}\trefs/heads/v1`,
  `${c}\trefs/tags/v1`,
  `${c}\trefs/tags/v2`,
  `${d}\trefs/tags/v2^{}`,
  `${d}\trefs/pull/7/head`,
  '',
].join('\n')

test.each([
  [undefined, { commit: a, name: 'refs/heads/main' }],
  ['main', { commit: a, name: 'refs/heads/main' }],
  ['heads/main', { commit: a, name: 'refs/heads/main' }],
  ['v1', { commit: b, name: 'refs/heads/v1' }],
  ['refs/tags/v1', { commit: c, name: 'refs/tags/v1' }],
  ['v2', { commit: d, name: 'refs/tags/v2', tag: c }],
  ['pull/7/head', { commit: d, name: 'refs/pull/7/head' }],
  ['head', undefined],
])('%s', (ref, found) => {
  expect(findCommit(listing, ref)).toEqual(found)
})

test('a server may not name its branch as it likes', () => {
  for (const name of ['refs/heads/a:refs/heads/b', '--upload-pack=x', 'refs/heads/*']) {
    expect(findCommit(`ref: ${name}\tHEAD\n${a}\tHEAD\n`, undefined)).toEqual({ commit: a })
  }
  expect(findCommit(`-oops\tHEAD\n`, undefined)).toBeUndefined()
})
