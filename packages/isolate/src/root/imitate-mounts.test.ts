import { createServer } from 'node:net'
import { connect } from 'node:net'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ImitatedMounts } from './imitate-mounts.ts'
import { loadLibc } from '../machine/libc.ts'

const isRoot = process.geteuid?.() === 0
let home = ''
const at = (path: string): string => join(home, path)

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'imitate-'))
  mkdirSync(at('root/etc'), { recursive: true })
  mkdirSync(at('source'))
  writeFileSync(at('source/file'), 'text')
  writeFileSync(at('root/etc/hosts'), 'of the image')
  utimesSync(at('root/etc/hosts'), 100, 100)
  utimesSync(at('root/etc'), 200, 200)
  utimesSync(at('root'), 300, 300)
})
afterEach(() => rmSync(home, { recursive: true }))

function mounts(): ImitatedMounts {
  return new ImitatedMounts(at('root'), loadLibc())
}

test('old files come back as they were, and new ones go', () => {
  {
    using imitated = mounts()
    imitated.add({ type: 'bind', source: at('source/file'), target: '/etc/hosts', readonly: true, directory: false })
    imitated.add({ type: 'bind', source: at('source'), target: '/new/place', readonly: true, directory: true })
    imitated.add({ type: 'tmpfs', target: '/memory', mode: 0o1777 })
    expect(readFileSync(at('root/etc/hosts'), 'utf8')).toBe('text')
    expect(statSync(at('root/memory')).mode & 0o7777).toBe(0o1777)
    writeFileSync(at('root/new/place/file'), 'changed')
    writeFileSync(at('root/memory/x'), '')
  }
  expect(readFileSync(at('source/file'), 'utf8')).toBe('text')
  expect(readFileSync(at('root/etc/hosts'), 'utf8')).toBe('of the image')
  expect(readdirSync(at('root'))).toEqual(['etc'])
  expect(['root/etc/hosts', 'root/etc', 'root'].map((path) => statSync(at(path)).mtimeMs)).toEqual([
    100_000, 200_000, 300_000,
  ])
  expect(readdirSync(home).toSorted()).toEqual(['root', 'source'])
})

test('a writable directory is moved there, and back afterwards with what was written', () => {
  const inode = statSync(at('source')).ino
  {
    using imitated = mounts()
    imitated.add({ type: 'bind', source: at('source'), target: '/cache', readonly: false, directory: true })
    expect(statSync(at('root/cache')).ino).toBe(inode)
    writeFileSync(at('root/cache/new'), 'n')
  }
  expect([statSync(at('source')).ino, readFileSync(at('source/new'), 'utf8')]).toEqual([inode, 'n'])
})

test.skipIf(!existsSync('/dev/shm'))(
  'a writable directory of another file system is copied back (skipped without /dev/shm)',
  () => {
    const other = mkdtempSync('/dev/shm/imitate-')
    writeFileSync(join(other, 'old'), 'o')
    {
      using imitated = mounts()
      imitated.add({ type: 'bind', source: other, target: '/cache', readonly: false, directory: true })
      writeFileSync(at('root/cache/new'), 'n')
      rmSync(at('root/cache/old'))
    }
    expect(readdirSync(other)).toEqual(['new'])
    rmSync(other, { recursive: true })
  },
)

test('a directory in which several files were covered has its time to the nanosecond', () => {
  writeFileSync(at('root/etc/resolv.conf'), '')
  loadLibc().setTimes(at('root/etc'), { atimeNs: 1n, mtimeNs: 1_700_000_000_999_999_999n })
  {
    using imitated = mounts()
    for (const name of ['hosts', 'resolv.conf', 'missing'])
      imitated.add({
        type: 'bind',
        source: at('source/file'),
        target: `/etc/${name}`,
        readonly: true,
        directory: false,
      })
  }
  expect(statSync(at('root/etc'), { bigint: true }).mtimeNs).toBe(1_700_000_000_999_999_999n)
  expect(readdirSync(at('root/etc')).toSorted()).toEqual(['hosts', 'resolv.conf'])
})

test('a process that moves a directory takes along what lay there, not what covered it', () => {
  {
    using imitated = mounts()
    imitated.add({ type: 'bind', source: at('source/file'), target: '/etc/hosts', readonly: true, directory: false })
    imitated.add({ type: 'bind', source: at('source'), target: '/etc/cache', readonly: false, directory: true })
    renameSync(at('root/etc'), at('root/moved'))
    writeFileSync(at('root/moved/cache/new'), 'n')
    mkdirSync(at('root/etc'))
    writeFileSync(at('root/etc/hosts'), 'of the process')
  }
  expect(readFileSync(at('root/moved/hosts'), 'utf8')).toBe('of the image')
  expect(readFileSync(at('root/etc/hosts'), 'utf8')).toBe('of the process')
  expect(readdirSync(at('source')).toSorted()).toEqual(['file', 'new'])
  expect(readdirSync(at('root/etc'))).toEqual(['hosts'])
})

test('a symlink that a process puts in the way does not lead out of the rootfs', () => {
  mkdirSync(at('outside/empty'), { recursive: true })
  writeFileSync(at('outside/hosts'), 'of the machine')
  writeFileSync(at('outside/missing'), '')
  {
    using imitated = mounts()
    for (const name of ['hosts', 'missing'])
      imitated.add({
        type: 'bind',
        source: at('source/file'),
        target: `/etc/${name}`,
        readonly: true,
        directory: false,
      })
    imitated.add({ type: 'tmpfs', target: '/etc/empty' })
    rmSync(at('root/etc'), { recursive: true })
    symlinkSync(at('outside'), at('root/etc'))
  }
  expect(readFileSync(at('outside/hosts'), 'utf8')).toBe('of the machine')
  expect(readdirSync(at('outside')).toSorted()).toEqual(['empty', 'hosts', 'missing'])
  expect(readdirSync(home).toSorted()).toEqual(['outside', 'root', 'source'])
})

test('nested mounts are undone in reverse', () => {
  {
    using imitated = mounts()
    imitated.add({ type: 'tmpfs', target: '/a' })
    imitated.add({ type: 'bind', source: at('source'), target: '/a/b', readonly: false, directory: true })
    writeFileSync(at('root/a/b/new'), '')
  }
  expect(existsSync(at('source/new'))).toBe(true)
  expect(existsSync(at('root/a'))).toBe(false)
})

test('a socket hands connections on', async () => {
  const server = createServer((client) => client.end('hello')).listen(at('socket'))
  chmodSync(at('socket'), 0o660)
  {
    using imitated = mounts()
    imitated.add({ type: 'bind', source: at('socket'), target: '/run/agent', readonly: false, directory: false })
    expect(lstatSync(at('root/run/agent')).mode & 0o777).toBe(0o660)
    const client = connect(at('root/run/agent'))
    const [data] = await once(client, 'data')
    expect(String(data)).toBe('hello')
  }
  server.close()
  expect(existsSync(at('root/run'))).toBe(false)
})

test.skipIf(!isRoot)('device files are made (skipped without root)', () => {
  {
    using imitated = mounts()
    imitated.add({ type: 'device', source: '/dev/null', target: '/dev/null' })
    expect(statSync(at('root/dev/null')).rdev).toBe(statSync('/dev/null').rdev)
  }
  expect(existsSync(at('root/dev'))).toBe(false)
})
