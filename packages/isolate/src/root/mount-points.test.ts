import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DirectoryTimes } from './directory-times.ts'
import { loadLibc } from '../machine/libc.ts'
import { makeMountPoint, MountPoints } from './mount-points.ts'

const libc = loadLibc()
let root = ''
const at = (path: string): string => join(root, path)
const seconds = (path: string): number => statSync(at(path)).mtimeMs / 1000

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'points-'))
  mkdirSync(at('etc'))
  utimesSync(at('etc'), 1000, 2000)
  utimesSync(root, 3000, 4000)
})
afterEach(() => rmSync(root, { recursive: true }))

test('what was made and is still empty goes, and times come back', () => {
  const points = new MountPoints(root, new DirectoryTimes(libc))
  expect(points.make({ target: '/etc/hosts', directory: false })).toBe(at('etc/hosts'))
  points.make({ target: '/a/b/c', directory: true })
  expect([existsSync(at('etc/hosts')), existsSync(at('a/b/c'))]).toEqual([true, true])
  points.remove()
  expect([existsSync(at('etc/hosts')), existsSync(at('a'))]).toEqual([false, false])
  expect([seconds('etc'), seconds('')]).toEqual([2000, 4000])
})

test('mount points with new content stay, and so do older ones', () => {
  writeFileSync(at('etc/hosts'), '')
  utimesSync(at('etc'), 1000, 2000)
  const points = new MountPoints(root, new DirectoryTimes(libc))
  points.make({ target: '/etc/hosts', directory: false })
  points.make({ target: '/a/b', directory: true })
  writeFileSync(at('a/kept'), 'x')
  points.remove()
  expect([existsSync(at('etc/hosts')), existsSync(at('a/kept')), existsSync(at('a/b'))]).toEqual([true, true, false])
  expect(seconds('etc')).toBe(2000)
})

test('a directory that was changed meanwhile keeps that time', () => {
  const points = new MountPoints(root, new DirectoryTimes(libc))
  points.make({ target: '/etc/hosts', directory: false })
  utimesSync(at('etc'), 7000, 7000)
  points.remove()
  expect(seconds('etc')).toBe(7000)
})

test('links lead to where they do for the process', () => {
  symlinkSync('/../../run/resolv.conf', at('etc/resolv.conf'))
  const points = new MountPoints(root, new DirectoryTimes(libc))
  expect(points.make({ target: '/etc/resolv.conf', directory: false })).toBe(at('run/resolv.conf'))
  points.remove()
  expect(existsSync(at('run'))).toBe(false)
})

test('nothing can be mounted below a file', () => {
  writeFileSync(at('file'), '')
  expect(() => new MountPoints(root, new DirectoryTimes(libc)).make({ target: '/file/x', directory: true })).toThrow(
    'cannot mount on /file/x: /file is not a directory',
  )
  expect(new MountPoints(root, new DirectoryTimes(libc)).make({ target: '/file', directory: false })).toBe(at('file'))
})

test('a mount without a mode has that of the directory it covers', () => {
  mkdirSync(at('etc/private'), { mode: 0o700 })
  const points = new MountPoints(root, new DirectoryTimes(libc))
  const modeOf = (target: string): unknown =>
    Object.entries(makeMountPoint(points, { type: 'tmpfs', target })).find(([name]) => name === 'mode')?.[1]
  expect([modeOf('/etc/private'), modeOf('/new/deep')]).toEqual([0o700, 0o1777])
  expect(statSync(at('new')).mode & 0o7777).toBe(0o755)
})
