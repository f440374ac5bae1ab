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
])('octal %s replaces the mode', (text, mode) => {
  expect(parseChmod(text)).toMatchObject({ octal: mode })
  expect(parseChmod(text).apply(0o1234, true)).toBe(mode)
})

test.each(['888', '10000', '', 'rwx', 'u', 'u+q', 'u=rw,', '+xu', '-1', 'u+rg', '0o644'])('"%s" is refused', (text) => {
  expect(() => parseChmod(text)).toThrow(
    expect.objectContaining({
      code: 'CHMOD_INVALID',
      message: `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
    }),
  )
})

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
  'u+t',
  'go-rwx,u+x',
  'u=g,g=o',
  '=',
  'u=',
  '+w',
  'ug+rw-x',
  'a=rwxst',
  'o=u-w',
])('%s does what chmod(1) does with an umask of 0', (text) => {
  const directory = mkdtempSync(join(tmpdir(), 'mode-'))
  try {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    for (const mode of [0o644, 0o755, 0o4751, 0o2640, 0o7777, 0]) {
      chmodSync(file, mode)
      execFileSync('sh', ['-c', 'umask 0; chmod "$1" "$2"', 'sh', text, file])
      expect(parseChmod(text).apply(mode, false)).toBe(statSync(file).mode & 0o7777)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
})
