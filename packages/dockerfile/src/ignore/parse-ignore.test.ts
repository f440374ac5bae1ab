import { expect, test } from 'vitest'
import { compilePatterns, parseIgnore } from './parse-ignore.ts'

// The table of the semantics reference: patterns, path, ignored.
test.each<[patterns: string, path: string, ignored: boolean]>([
  ['*', 'a', true],
  ['*', '.git', true],
  ['*', 'a/b', true],
  ['**', 'a', true],
  ['**', 'a/b/c', true],
  ['a', 'a', true],
  ['a', 'a/b/c', true],
  ['a', 'x/a', false],
  ['a', 'ab', false],
  ['/a', 'a', true],
  ['a/', 'a', true],
  ['dir/*', 'dir/x', true],
  ['dir/*', 'dir/x/y', true],
  ['dir/*', 'dir', false],
  ['dir/**', 'dir/x/y', true],
  ['dir/**', 'dir', false],
  ['**/dir', 'dir', true],
  ['**/dir', 'x/dir', true],
  ['**/dir', 'x/y/dir/z', true],
  ['**/dir/**', 'x/dir/f', true],
  ['**/dir/**', 'x/dir', false],
  ['*.md', 'README.md', true],
  ['*.md', 'docs/a.md', false],
  ['**/*.md', 'README.md', true],
  ['**/*.md', 'docs/x/a.md', true],
  ['*/*.md', 'docs/a.md', true],
  ['*/*.md', 'a.md', false],
  ['*/*.md', 'docs/x/a.md', false],
  ['**/.foo', '.foo', true],
  ['**/.foo', 'x/.foo', true],
  ['**/.foo', 'bar.foo', false],
  ['**file', 'file', true],
  ['**file', 'myfile', true],
  ['**file', 'd/xfile', true],
  ['**/file', 'myfile', false],
  ['a**/*.txt', 'a/file.txt', true],
  ['a**/*.txt', 'a/d/x.txt', true],
  ['abc/**', 'abc', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['temp?', 'tempa', true],
  ['temp?', 'temps', true],
  ['temp?', 'temp', false],
  ['temp?', 'tempab', false],
  ['[a-c].txt', 'b.txt', true],
  ['[^a].txt', 'a.txt', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a.b', 'axb', false],
  ['#x', '#x', false],
  ['\\#x', '#x', true],
  ['  #x', '#x', true],
  ['Foo', 'foo', false],
  ['.', 'a', false],
  ['../a', 'a', false],
  ['a/../b', 'b', true],
  ['*.go !main.go', 'main.go', false],
  ['!main.go *.go', 'main.go', true],
  ['docs !docs/keep.md', 'docs/keep.md', false],
  ['docs !docs/keep.md', 'docs/other.md', true],
  ['docs !docs/keep docs/keep/x', 'docs/keep/x', true],
  ['** !util/docker/web', 'util/docker/web/foo', false],
  ['** !util/docker/web', 'util/docker/x', true],
  ['ba* !bay', 'bay', false],
  ['ba* !bay', 'baz', true],
  ['* !*.md README*.md !README-x.md', 'README-x.md', false],
  ['* !*.md README*.md', 'README.md', true],
  ['a !a/b a', 'a/b', true],
  ['* !src/**', 'src/a/b', false],
  ['* !src/**/*.ts', 'src/a/b.ts', false],
  ['* !src/**/*.ts', 'src/a/b.js', true],
  // Quirks of the reference implementation.
  ['a[^b]c', 'a/c', true],
  ['^a*', 'ab', true],
  ['a^*', 'a^b', false],
  ['^a', '^a', true],
  ['**/x*', 'y/xz', true],
  ['**', '.', false],
  ['/', 'a', false],
])('%s: %s ignored: %s', (patterns, path, ignored) => {
  const text = patterns.startsWith(' ') ? patterns : patterns.replaceAll(' ', '\n')
  expect(parseIgnore(text).matches(path)).toBe(ignored)
})

test('comments, blanks, carriage returns and a byte order mark are no part of a pattern', () => {
  const { rules } = parseIgnore('\u{feff}# c\r\n\r\n  *.log  \r\n! keep.log\r\n')
  expect(rules).toEqual([
    { pattern: '*.log', line: 3, negated: false },
    { pattern: '! keep.log', line: 4, negated: true },
  ])
})

test('why names the rule that had the last word', () => {
  const ignore = parseIgnore('docs\n!docs/keep.md\n')
  expect(ignore.why('docs/a.md')).toEqual({ pattern: 'docs', line: 1, negated: false })
  expect(ignore.why('docs/keep.md')).toEqual({ pattern: '!docs/keep.md', line: 2, negated: true })
  expect(ignore.why('src')).toBeUndefined()
})

test('a directory is skipped only when nothing below it can be wanted', () => {
  const ignore = parseIgnore('*\n!src/**/*.ts\n!lib/x\n')
  expect(['src', 'src/deep/er', 'lib'].map((path) => ignore.mayContain(path))).toEqual([true, true, true])
  expect(['docs', 'lib/y', 'srcs'].map((path) => ignore.mayContain(path))).toEqual([false, false, false])
  expect(parseIgnore('a\n').mayContain('b')).toBe(true)
  expect(parseIgnore('a\n').mayContain('a')).toBe(false)
})

test('a pattern that cannot be read is refused with its line', () => {
  for (const pattern of ['!', '! ', '!/', '! //', '!/..'])
    expect(() => parseIgnore(`a\n${pattern}\n`)).toThrow('illegal exclusion pattern: "!"')
  expect(() => compilePatterns(['!/'])).toThrow('illegal exclusion pattern: "!"')
  for (const pattern of ['[', '[a', '[]', '[-a]', '[a-]', 'a\\']) {
    expect(() => parseIgnore(`x\n${pattern}\n`)).toThrow(
      expect.objectContaining({
        message: 'syntax error in pattern',
        code: 'PATTERN_INVALID',
        range: expect.objectContaining({ start: { line: 2, column: 1 } }),
      }),
    )
  }
})

test('patterns of flags have no comments and keep a leading slash', () => {
  expect(compilePatterns(['#a']).matches('#a')).toBe(true)
  expect(compilePatterns(['/a']).matches('a')).toBe(false)
  expect(compilePatterns(['**/*.md', '!keep.md']).matches('d/a.md')).toBe(true)
  expect(compilePatterns([]).matches('a')).toBe(false)
})
