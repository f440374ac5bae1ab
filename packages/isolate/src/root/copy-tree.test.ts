import { execFileSync, spawnSync } from 'node:child_process'
import {
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { copyTree } from './copy-tree.ts'
import { loadLibc } from '../machine/libc.ts'

const directory = mkdtempSync(join(tmpdir(), 'copy-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('owners, modes, times, links and FIFOs are copied', () => {
  const from = join(directory, 'from')
  const to = join(directory, 'to')
  mkdirSync(join(from, 'sub'), { recursive: true })
  writeFileSync(join(from, 'sub/file'), 'text', { mode: 0o640 })
  linkSync(join(from, 'sub/file'), join(from, 'again'))
  symlinkSync('/etc/shadow', join(from, 'link'))
  execFileSync('mkfifo', [join(from, 'fifo')])
  utimesSync(join(from, 'sub/file'), 10, 20)
  utimesSync(join(from, 'sub'), 30, 40)
  copyTree(from, to, loadLibc())
  expect(readFileSync(join(to, 'again'), 'utf8')).toBe('text')
  expect(lstatSync(join(to, 'again')).ino).toBe(lstatSync(join(to, 'sub/file')).ino)
  expect(readlinkSync(join(to, 'link'))).toBe('/etc/shadow')
  expect(lstatSync(join(to, 'fifo')).isFIFO()).toBe(true)
  expect(lstatSync(join(to, 'sub/file')).mode & 0o7777).toBe(0o640)
  expect([lstatSync(join(to, 'sub/file')).mtimeMs, lstatSync(join(to, 'sub')).mtimeMs]).toEqual([20_000, 40_000])
})

const hasAttr = spawnSync('setfattr', ['--version']).status === 0
const isRoot = process.geteuid?.() === 0

test.skipIf(!hasAttr || !isRoot)('attributes, capabilities and ACLs are copied (skipped without root and attr)', () => {
  const from = join(directory, 'attributes')
  const to = join(directory, 'copied')
  mkdirSync(from)
  writeFileSync(join(from, 'program'), 'text', { mode: 0o755 })
  symlinkSync('program', join(from, 'link'))
  const acl = '0x0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000000ffffffff'
  const attributes = [
    ['program', 'user.note', '0x68656c6c6f'],
    ['program', 'security.capability', '0x0100000200040000000000000000000000000000'],
    ['.', 'system.posix_acl_default', acl],
    ['.', 'system.posix_acl_access', acl],
  ] as const
  for (const [path, name, value] of attributes) execFileSync('setfattr', ['-n', name, '-v', value, join(from, path)])
  copyTree(from, to, loadLibc())
  for (const [path, name, value] of attributes)
    expect(
      execFileSync('getfattr', ['-e', 'hex', '-n', name, '--absolute-names', '--only-values', join(to, path)]).toString(
        'hex',
      ),
    ).toBe(value.slice(2))
  expect(spawnSync('getfattr', ['--absolute-names', '-n', 'system.posix_acl_access', join(to, 'program')]).status).toBe(
    1,
  )
  expect(lstatSync(to).mode).toBe(lstatSync(from).mode)
})
