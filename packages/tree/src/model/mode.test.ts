import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseChmod } from './mode.ts'

test.each([
  ['644', 0o644],
  ['0755', 0o755],
  ['7777', 0o7777],
  ['0', 0],
  ['0000000644', 0o644],
])('octal %s replaces the mode', (text, mode) => {
  expect(parseChmod(text)).toMatchObject({ octal: mode })
  expect(parseChmod(text).apply(0o1234, true)).toBe(mode)
})

test.each(['888', '10000', '', 'rwx', 'u', 'u+q', 'u=rw,', ',u+x', '-1', '+755', '0o644', 'u +x'])(
  '"%s" is refused',
  (text) => {
    expect(() => parseChmod(text)).toThrow(
      expect.objectContaining({
        code: 'CHMOD_INVALID',
        message: `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
      }),
    )
  },
)

test('X is for directories and for what is executable by somebody', () => {
  expect(parseChmod('a+X').apply(0o644, true)).toBe(0o755)
  expect(parseChmod('a+X').apply(0o644, false)).toBe(0o644)
  expect(parseChmod('a+X').apply(0o744, false)).toBe(0o755)
})

test.each([
  '+x',
  'u=rwX,go=rX',
  'g=u',
  'a-w',
  'u+s',
  'g+s',
  'o+s',
  '+t',
  'go-rwx,u+x',
  'u=g,g=o',
  'u=',
  '+w',
  'ug+rw-x',
  'a=rwxst',
  'o=u-w',
  'u=rwx,g=u,o=g-w',
])('%s does what chmod(1) does with an umask of 0', (text) => {
  const directory = mkdtempSync(join(tmpdir(), 'mode-'))
  try {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    for (const mode of [0o644, 0o755, 0o751, 0o640, 0o777, 0]) {
      chmodSync(file, mode)
      execFileSync('sh', ['-c', 'umask 0; chmod "$1" "$2"', 'sh', text, file])
      expect(parseChmod(text).apply(mode, false)).toBe(statSync(file).mode & 0o7777)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})

// BuildKit sides with the BSDs where they differ from coreutils: no class includes the sticky bit,
// and copying a class leaves the set-id bits alone.
test.each([
  ['u=rwX,go=rX', true, 0o1777, 0o1755],
  ['+x', false, 0o4644, 0o4755],
  ['a-w', true, 0o7777, 0o7555],
  ['go-rwx,u+x', false, 0o7644, 0o7700],
  ['=rx', true, 0o1777, 0o1555],
  ['=', false, 0o7777, 0o1000],
  ['a=', false, 0o7777, 0o1000],
  ['u+t', false, 0o644, 0o1644],
  ['o+t', false, 0o644, 0o644],
  ['g=wt', false, 0o4711, 0o5721],
  ['ug-st', false, 0o7777, 0o0777],
  ['o-t', false, 0o7777, 0o7777],
  ['u=g', false, 0o4711, 0o4111],
  ['g=rwu', false, 0o4711, 0o4771],
  ['go=ug', false, 0o751, 0o777],
  ['o+s', false, 0o644, 0o644],
  ['o+xs,u+X', false, 0o644, 0o645],
  ['-X', false, 0o751, 0o640],
])('%s (directory: %s) makes %i %i', (text, isDirectory, before, after) => {
  expect(parseChmod(text).apply(before, isDirectory).toString(8)).toBe(after.toString(8))
})
