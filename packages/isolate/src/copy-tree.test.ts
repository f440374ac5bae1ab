import { execFileSync } from 'node:child_process'
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
import { loadLibc } from './libc.ts'

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
