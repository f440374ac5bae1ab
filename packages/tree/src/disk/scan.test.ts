import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '../model/entry.ts'
import { hexOf } from '@tsbuild/oci'
import { type FileStat, statSize, writeStat } from '../known/file-records.ts'
import { contentOf } from '../model/memory-content.ts'
import { scan } from './scan.ts'
import { StatCache } from '../known/stat-cache.ts'
import { loadSystemCalls } from './system-calls.ts'
import { collect } from '../testing/trees.ts'
import type { Tree } from '../model/tree.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'scan-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): void {
  mkdirSync(join(root, path, '..'), { recursive: true })
  writeFileSync(join(root, path), text)
  utimesSync(join(root, path), 1000.9, 1000.9)
}

function bytes(stat: FileStat): Buffer {
  return writeStat(Buffer.alloc(statSize), stat)
}

function recorded(stat: FileStat, content: string): { readonly record: Buffer } {
  return { record: Buffer.concat([bytes(stat), Buffer.from(hexOf(contentOf(content).digest), 'hex')]) }
}

async function textOf(tree: Tree, path: string): Promise<string> {
  const entry: Entry | undefined = tree.get(path)
  return entry?.type === 'file' ? String(await collect(entry.content.open())) : `${path} is no file`
}

/** From the sixth byte on. */
async function partOf(tree: Tree, path: string): Promise<string> {
  const entry: Entry | undefined = tree.get(path)
  return entry?.type === 'file' ? String(await entry.content.readAt?.(5, 100)) : `${path} is no file`
}

test('a tree has everything in path order, times in whole seconds', async () => {
  write('b.txt', 'b')
  write('b/c', 'c')
  symlinkSync('/nowhere', join(root, 'a'))
  const tree = await scan(root, { digests: true, zeroOwners: true })
  expect([...tree.keys()]).toEqual(['', 'a', 'b', 'b/c', 'b.txt'])
  expect(tree.get('a')).toMatchObject({ type: 'symlink', target: '/nowhere' })
  expect(tree.get('b/c')).toMatchObject({
    type: 'file',
    uid: 0,
    gid: 0,
    mtime: 1000,
    content: { size: 1, digest: contentOf('c').digest },
  })
  expect(await textOf(tree, 'b.txt')).toBe('b')
})

test('a filter skips, takes and looks into directories, which come along when something in them does', async () => {
  for (const path of ['in/x/keep', 'in/x/drop', 'in/y/drop', 'out/keep', 'keep']) write(path, '')
  const asked: string[] = []
  const tree = await scan(root, {
    include: (path, isDirectory) => {
      asked.push(path)
      if (path === 'out') return 'skip'
      return path.endsWith('keep') ? 'take' : isDirectory ? 'descend' : 'skip'
    },
  })
  expect([...tree.keys()]).toEqual(['', 'in', 'in/x', 'in/x/keep', 'keep'])
  expect(asked).not.toContain('out/keep')
})

test('further names of a file are hard links to the first', async () => {
  write('m', 'data')
  linkSync(join(root, 'm'), join(root, 'a'))
  linkSync(join(root, 'm'), join(root, 'z'))
  const tree = await scan(root, { digests: true })
  expect([tree.get('a')?.type, tree.get('m'), tree.get('z')]).toMatchObject([
    'file',
    { type: 'hardlink', target: 'a' },
    { type: 'hardlink', target: 'a' },
  ])
})

test('a large file is hashed and read in pieces', async () => {
  write('large', 'x'.repeat(3_500_000))
  const tree = await scan(root, { digests: true })
  expect(tree.get('large')).toMatchObject({ content: { digest: contentOf('x'.repeat(3_500_000)).digest } })
  expect(await textOf(tree, 'large')).toHaveLength(3_500_000)
})

test.each([
  ['rewritten', () => write('f', 'y'.repeat(10))],
  ['truncated', () => truncateSync(join(root, 'f'), 3)],
  ['removed', () => rmSync(join(root, 'f'))],
  ['touched', () => utimesSync(join(root, 'f'), 5, 5)],
  [
    'replaced',
    () => {
      write('g', 'x'.repeat(10))
      renameSync(join(root, 'g'), join(root, 'f'))
    },
  ],
  [
    'replaced by a symlink',
    () => {
      rmSync(join(root, 'f'))
      symlinkSync('/etc/hostname', join(root, 'f'))
    },
  ],
])('a file that was %s since the scan is not read', async (_, change) => {
  for (const size of [10, 2_000_000]) {
    write('f', 'x'.repeat(size))
    const tree = await scan(root)
    change()
    await expect(textOf(tree, 'f')).rejects.toMatchObject({ code: 'FILE_CHANGED', path: 'f' })
    await expect(partOf(tree, 'f')).rejects.toMatchObject({ code: 'FILE_CHANGED', path: 'f' })
    rmSync(join(root, 'f'), { force: true })
  }
})

test('the hint about a file that changed says what else helps', async () => {
  write('f', 'x')
  const tree = await scan(root, { remedy: 'leave it out' })
  write('f', 'xy')
  await expect(textOf(tree, 'f')).rejects.toMatchObject({ hint: 'stop the program that writes to it, or leave it out' })
})

test('a part of a file is read alone, and ends where the file does', async () => {
  write('f', 'abcdefg')
  expect(await partOf(await scan(root), 'f')).toBe('fg')
})

test('names that are not UTF-8 are refused, or kept when asked', async () => {
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.of(0xe4)]), 'umlaut')
  await expect(scan(root)).rejects.toMatchObject({ code: 'NAME_NOT_UTF8' })
  expect((await scan(root, { include: () => 'skip' })).size).toBe(1)
  const tree = await scan(root, { names: 'keep', digests: true })
  expect([...tree.keys()]).toEqual(['', '\udce4'])
  expect(await textOf(tree, '\udce4')).toBe('umlaut')
})

test('FIFOs are taken, sockets left out or empty files', async () => {
  execFileSync('mkfifo', [join(root, 'fifo')])
  const server = createServer().listen(join(root, 'socket'))
  await new Promise((resolve) => server.once('listening', resolve))
  try {
    expect((await scan(root)).get('fifo')).toMatchObject({ type: 'fifo' })
    expect((await scan(root)).has('socket')).toBe(false)
    expect((await scan(root, { sockets: 'empty', digests: true })).get('socket')).toMatchObject({
      type: 'file',
      content: { size: 0 },
    })
  } finally {
    server.close()
  }
})

const calls = loadSystemCalls()
test.skipIf(calls === undefined)(
  `extended attributes are read when asked${calls === undefined ? ' (skipped: koffi does not load here)' : ''}`,
  async () => {
    write('f', '')
    calls?.setXattr(join(root, 'f'), 'user.test', Buffer.of(0, 255))
    expect((await scan(root, { xattrs: true })).get('f')?.xattrs).toEqual(
      new Map([['user.test', Uint8Array.of(0, 255)]]),
    )
    expect((await scan(root)).get('f')).not.toHaveProperty('xattrs')
  },
)

test.skipIf(calls === undefined || process.getuid?.() !== 0)(
  `of capabilities, those of programs are read, and of their attributes nothing else (skipped unless koffi loads and root runs the tests)`,
  async () => {
    const value = Buffer.from('0100000200040000000000000000000000000000', 'hex')
    for (const name of ['program', 'data']) {
      write(name, '')
      calls?.setXattr(join(root, name), 'security.capability', value)
    }
    chmodSync(join(root, 'program'), 0o755)
    calls?.setXattr(join(root, 'program'), 'user.note', value)
    const tree = await scan(root, { xattrs: 'capabilities' })
    expect(tree.get('program')?.xattrs).toEqual(new Map([['security.capability', Uint8Array.from(value)]]))
    expect(tree.get('data')).not.toHaveProperty('xattrs')
  },
)

test('a stat cache spares reading what has not changed', async () => {
  write('f', 'one')
  const later = BigInt(Date.now() - 60_000) * 1_000_000n
  const stat = { dev: 1n, ino: 2n, size: 3n, mtimeNs: later, ctimeNs: later }
  const cacheFile = join(root, 'cache')
  const cache = StatCache.open(cacheFile)
  cache.learn(recorded(stat, 'one'))
  cache.save()
  const again = StatCache.open(cacheFile)
  expect(again.get(bytes(stat))).toBe(contentOf('one').digest)
  for (const name of ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const)
    expect(again.get(bytes({ ...stat, [name]: stat[name] + 1n }))).toBeUndefined()
})

test('a stat cache does not believe files that changed just now', () => {
  const now = BigInt(Date.now()) * 1_000_000n
  const cache = StatCache.open(join(root, 'cache'))
  const stat = { dev: 1n, ino: 2n, size: 3n, mtimeNs: 0n, ctimeNs: now }
  cache.learn(recorded(stat, ''))
  cache.save()
  expect(StatCache.open(join(root, 'cache')).get(bytes(stat))).toBeUndefined()
})

test('a scan asks the cache before it reads', async () => {
  write('f', 'one')
  const known = { get: () => contentOf('other').digest, learn: () => {}, save: () => {} }
  const cache = Object.assign(Object.create(StatCache.prototype), known)
  expect((await scan(root, { digests: true, statCache: cache })).get('f')).toMatchObject({
    content: { digest: contentOf('other').digest },
  })
})

test.each([
  ['a damaged', (bytes: Buffer) => bytes.fill(7, 20, 30)],
  ['a cut', (bytes: Buffer) => bytes.subarray(0, -1)],
  ['an empty', () => Buffer.alloc(0)],
])('%s stat cache is an empty one', (_, damage) => {
  const cacheFile = join(root, 'cache')
  const stat = { dev: 1n, ino: 2n, size: 3n, mtimeNs: 4n, ctimeNs: 5n }
  const cache = StatCache.open(cacheFile)
  cache.learn(recorded(stat, ''))
  cache.save()
  writeFileSync(cacheFile, damage(execFileSync('cat', [cacheFile])))
  expect(StatCache.open(cacheFile).get(bytes(stat))).toBeUndefined()
})

test('a signal stops a scan', async () => {
  write('f', '')
  const abort = new AbortController()
  abort.abort(new Error('enough'))
  await expect(scan(root, { signal: abort.signal })).rejects.toThrow('enough')
})

test('a signal stops a scan in the middle of a large file', async () => {
  write('f', '')
  truncateSync(join(root, 'f'), 2 ** 31)
  const abort = new AbortController()
  const scanning = scan(root, { signal: abort.signal, digests: true })
  setImmediate(() => abort.abort(new Error('enough')))
  await expect(scanning).rejects.toThrow('enough')
})
