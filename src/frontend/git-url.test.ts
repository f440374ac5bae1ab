import { expect, test } from 'vitest'
import { isGitAddress, isHttpUrl, parseGitAddress } from './git-url.ts'
import { fileNameOf } from './http-url.ts'

test.each([
  'https://h.example/r.git',
  'http://h.example/r.git#main:sub',
  'https://h.example/r.git?ref=main',
  'git://h.example/r',
  'ssh://git@h.example/r',
  'git@h.example:team/r.git',
])('%s is git', (text) => {
  expect(isGitAddress(text)).toBe(true)
  expect(isHttpUrl(text)).toBe(false)
})

test.each(['https://h.example/r', 'https://h.example/r?ref=main', 'https://h.example/f#r.git', 'https://h.example/f?x=r.git'])(
  '%s is a download',
  (text) => {
    expect(isGitAddress(text)).toBe(false)
    expect(isHttpUrl(text)).toBe(true)
  },
)

test.each(['github.com/user/repo', './git@h.example:r', '../r.git', 'r.git', '/abs/r.git', 'a b@c:d e', 'dir'])('%s is a path', (text) => {
  expect(isGitAddress(text)).toBe(false)
  expect(isHttpUrl(text)).toBe(false)
})

const url = 'https://h.example/r.git'

test.each([
  [url, {}],
  [`${url}#v1`, { ref: 'v1' }],
  [`${url}#:sub/dir`, { subdir: 'sub/dir' }],
  [`${url}#main:/a/../../b/`, { ref: 'main', subdir: 'b' }],
  [`${url}?ref=main&subdir=s`, { ref: 'main', subdir: 's' }],
  [`${url}?branch=dev`, { ref: 'refs/heads/dev' }],
  [`${url}?tag=v1`, { ref: 'refs/tags/v1' }],
  [`${url}?ref=a#a`, { ref: 'a' }],
  [`${url}?keep-git-dir&submodules=false`, { keepGitDir: true, submodules: false }],
  [`${url}?commit=ABCDEF1`, { checksum: 'abcdef1' }],
  [`${url}?tag=v1&checksum=abcdef1&fetch-by-commit=1&mtime=checkout`, { ref: 'refs/tags/v1', checksum: 'abcdef1' }],
  [`${url}?commit=${'a'.repeat(40)}`, { ref: 'a'.repeat(40), checksum: 'a'.repeat(40) }],
])('%s', (text, rest) => {
  expect(parseGitAddress(text)).toEqual({ kind: 'git', url, ...rest })
})

test.each([
  ['?ref=a#b', 'ref conflicts: "b" vs "a"'],
  ['?branch=a&tag=a', 'ref conflicts'],
  ['?subdir=a#x:b', 'subdir conflicts'],
  ['?ref=a&ref=a', 'query "ref" is given twice'],
  ['?depth=1', 'unexpected query "depth"'],
  ['?commit=xyz', 'invalid commit "xyz"'],
  ['?submodules=maybe', 'invalid submodules value "maybe"'],
  ['?mtime=commit', 'query "mtime=commit" is not supported'],
])('%s is refused', (suffix, message) => {
  expect(() => parseGitAddress(url + suffix)).toThrow(message)
})

test('messages hide passwords', () => {
  expect(() => parseGitAddress('https://me:hunter2@h.example/r.git?x=1')).toThrow('in "https://me:xxxxx@h.example/r.git?x=1"')
})

test.each([
  ['https://h.example/p/f.bin?v=1#x', 'f.bin'],
  ['https://h.example/a%20b', 'a b'],
  ['https://h.example/a%2Fb', 'b'],
  ['https://h.example/p/', 'p'],
  ['https://h.example', '__unnamed__'],
  ['https://h.example/%2e%2e%2f', '__unnamed__'],
  ['https://h.example/x%2F..', '__unnamed__'],
  ['https://h.example/%00', '__unnamed__'],
  ['https://h.example/%zz', '%zz'],
])('89: a download of %s is called %s', (address, name) => {
  expect(fileNameOf(address)).toBe(name)
})
