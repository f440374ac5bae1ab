import { expect, test } from 'vitest'
import { isGitAddress, isHttpUrl, parseGitAddress } from './git-url.ts'
import { urlFileName } from './file-names.ts'

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

test.each([
  'https://h.example/r',
  'https://h.example/r?ref=main',
  'https://h.example/f#r.git',
  'https://h.example/f?x=r.git',
])('%s is a download', (text) => {
  expect(isGitAddress(text)).toBe(false)
  expect(isHttpUrl(text)).toBe(true)
})

test.each(['github.com/user/repo', './git@h.example:r', '../r.git', 'r.git', '/abs/r.git', 'a b@c:d e', 'dir'])(
  '%s is a path',
  (text) => {
    expect(isGitAddress(text)).toBe(false)
    expect(isHttpUrl(text)).toBe(false)
  },
)

const url = 'https://h.example/r.git'
const id = 'a'.repeat(40)

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
  [`${url}?commit=${id}`, { checksum: id }],
  [`${url}?tag=v1&checksum=${id}&fetch-by-commit=1`, { ref: 'refs/tags/v1', checksum: id, fetchByCommit: true }],
  [`${url}?fetch-by-commit#${id}`, { ref: id, fetchByCommit: true }],
  [`${url}?tag=refs/tags/v1`, { ref: 'refs/tags/v1' }],
  [`${url}?mtime=checkout`, { mtime: 'checkout' }],
  [`${url}?mtime=commit`, {}],
  [`${url}#feature/x:d`, { ref: 'feature/x', subdir: 'd' }],
  [`${url}#feature%2Fx`, { ref: 'feature/x' }],
  [`${url}?keep-git-dir=F&subdir=/`, { keepGitDir: false }],
])('%s', (text, rest) => {
  expect(parseGitAddress(text)).toEqual({ kind: 'git', url, ...rest })
})

test.each([
  ['?ref=a#b', 'ref conflicts: "b" vs "a"'],
  ['?branch=a&tag=a', 'branch conflicts with tag'],
  ['?tag=a#b', 'ref conflicts: "b" vs "refs/tags/a"'],
  ['?subdir=a#x:b', 'subdir conflicts'],
  ['?ref=a&ref=a', 'query "ref" has multiple values'],
  ['?depth=1', 'unexpected query "depth"'],
  ['?ref=', 'query "ref" has no value'],
  ['?commit=xyz', 'invalid checksum xyz for Git URL, expected hex commit hash'],
  ['?commit=a&checksum=b', 'checksum conflicts'],
  ['?submodules=maybe', 'invalid submodules value: "maybe"'],
  ['?mtime=never', 'invalid mtime value: "never" (must be "checkout" or "commit")'],
  ['?fetch-by-commit', 'fetch-by-commit requires a checksum or a commit SHA ref'],
  ['?fetch-by-commit&commit=abc', 'fetch-by-commit requires a full commit SHA checksum, got "abc"'],
  ['#-x', 'invalid git ref "-x"'],
  ['#*', 'invalid git ref "*"'],
  ['#a..b', 'invalid git ref'],
  ['?ref=a:b', 'invalid git ref'],
])('%s is refused', (suffix, message) => {
  expect(() => parseGitAddress(url + suffix)).toThrow(message)
})

test('messages hide passwords', () => {
  expect(() => parseGitAddress('https://me:hunter2@h.example/r.git?x=1')).toThrow(
    'in "https://me:xxxxx@h.example/r.git?x=1"',
  )
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
  expect(urlFileName(address)).toBe(name)
})
