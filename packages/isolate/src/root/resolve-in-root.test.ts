import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { resolveInRoot } from './resolve-in-root.ts'

const root = mkdtempSync(join(tmpdir(), 'resolve-'))
afterAll(() => rmSync(root, { recursive: true }))
mkdirSync(join(root, 'a/b'), { recursive: true })
writeFileSync(join(root, 'file'), '')
symlinkSync('/a/b', join(root, 'absolute'))
symlinkSync('../../../..', join(root, 'a/up'))
symlinkSync('b', join(root, 'a/near'))
symlinkSync('loop', join(root, 'loop'))
symlinkSync('/gone/deep', join(root, 'dangling'))

test.each([
  ['/', '/'],
  ['a/./b//c', '/a/b/c'],
  ['/../../etc/passwd', '/etc/passwd'],
  ['/absolute/x', '/a/b/x'],
  ['/a/up/a/near', '/a/b'],
  ['/dangling/x', '/gone/deep/x'],
  ['/file/below', '/file/below'],
])('%s leads to %s', (path, found) => {
  expect(resolveInRoot(root, path)).toBe(found)
})

test('a loop ends', () => {
  expect(() => resolveInRoot(root, '/loop')).toThrow(expect.objectContaining({ code: 'ELOOP' }))
})
