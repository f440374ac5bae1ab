import { contentOf, type Entry, type Path, viewOf } from '@tsbuild/tree'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseOsRelease } from './os-release.ts'
import { scanTree } from './scan-tree.ts'
import { scanFiles, treeOf } from './testing/scan.ts'

const owned = { mode: 0o755, uid: 0, gid: 0, mtime: 0 }
const records = [
  'etc/os-release',
  'var/lib/dpkg/status',
  'lib/apk/db/installed',
  'var/lib/rpm/rpmdb.sqlite',
  'node_modules/a/package.json',
  'package-lock.json',
  'a.dist-info/METADATA',
  'x/specifications/a.gemspec',
  'vendor/composer/installed.json',
  'usr/share/doc/a/copyright',
]
/** Beginnings and parts of records, so that generated files pass the first check. */
const words = [
  ...[
    'Package: a\n',
    'Version: 1\n',
    'P:a\nV:1\n',
    '\n\n',
    ' more\n',
    'R:x\n',
    'F:',
    ':',
    '{"name":"a","version":"1"',
    '"packages":',
    '[',
    '{',
    '}',
    ']',
    'null',
  ],
  ...[
    'Format: x\n',
    'Files: *\n',
    'License: (GPL-2+\n',
    's.name = "a"\n',
    'SQLite format 3\0',
    '\x10\0',
    '\x7fELF\x02\x01',
    '\xff Go buildinf:',
    'ID=',
    '"',
  ],
]

test('scans any files without an error', async () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 40 })), {
    maxLength: 30,
  })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...records), text, fc.boolean(), async (path, parts, latin1) => {
      const content = Buffer.from(parts.join(''), latin1 ? 'latin1' : 'utf8')
      const tree = treeOf(
        {
          'var/lib/dpkg/status': 'Package: a\nVersion: 1\n',
          [path]: content,
          'bin/p': Buffer.concat([content, Buffer.alloc(4096)]),
        },
        ['bin/p'],
      )
      const { packages } = await scanTree(viewOf(tree), { kind: 'source' })
      for (const { name, purl } of packages) expect([typeof name, typeof purl.name]).toEqual(['string', 'string'])
    }),
    { numRuns: 300 },
  )
})

test('bytes that cannot be had end the scan with the reason', async () => {
  const reason = new Error('the registry is gone')
  const content = {
    size: 9,
    open: (): never => {
      throw reason
    },
  }
  const tree = new Map<Path, Entry>([['var/lib/dpkg/status', { ...owned, type: 'file', content }]])
  await expect(scanTree(viewOf(tree))).rejects.toBe(reason)
})

test('an aborted scan ends', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  const view = viewOf(treeOf({ 'package.json': '{}' }))
  await expect(scanTree(view, { signal })).rejects.toThrow('enough')
})

test('links lead to records: further names of a file count, symlinks only where a record is read by name', async () => {
  const manifest = { ...owned, type: 'file', content: contentOf('{"name":"a","version":"1"}') } as const
  const tree = new Map<Path, Entry>([
    ['x/node_modules/a/package.json', manifest],
    ['y/node_modules/a/package.json', { ...owned, type: 'hardlink', target: 'x/node_modules/a/package.json' }],
    ['z/node_modules', { ...owned, type: 'symlink', target: '../x/node_modules' }],
    ['etc/os-release', { ...owned, type: 'symlink', target: '../usr/lib/os-release' }],
    ['usr/lib/os-release', { ...owned, type: 'file', content: contentOf('ID=arch') }],
  ])
  const { packages, release } = await scanTree(viewOf(tree))
  expect(packages.map(({ source }) => source)).toEqual([
    'x/node_modules/a/package.json',
    'y/node_modules/a/package.json',
  ])
  expect(release.id).toBe('arch')
})

test('symlinks that go round in a circle are no record', async () => {
  const tree = new Map<Path, Entry>([['etc/os-release', { ...owned, type: 'symlink', target: 'os-release' }]])
  expect((await scanTree(viewOf(tree))).release).toEqual({ id: 'linux' })
})

test('records that are too large become notes', async () => {
  const content = {
    size: 2 ** 40,
    open: (): never => {
      throw new Error('it was opened')
    },
  }
  const tree = new Map<Path, Entry>([['var/lib/dpkg/status', { ...owned, mode: 0o644, type: 'file', content }]])
  expect((await scanTree(viewOf(tree))).notes).toEqual([
    { path: 'var/lib/dpkg/status', message: 'cannot be read: it has 1099511627776 bytes, at most 67108864 are read' },
  ])
})

test('there is an end to packages', async () => {
  const text = Array.from({ length: 40_001 }, (_, index) => `Package: p${index}\nVersion: 1\n`).join('\n')
  const { packages, notes } = await scanFiles({ 'var/lib/dpkg/status': text })
  expect(packages).toHaveLength(40_000)
  expect(notes).toEqual([{ path: 'var/lib/dpkg/status', message: 'only the first 40000 packages are listed' }])
})

test('an invalid name is left out, and a note about a file is one line', async () => {
  const { packages, notes } = await scanFiles({
    'var/lib/dpkg/status': `Package: ${'x'.repeat(3000)}\nVersion: 1\n\nPackage: y\nVersion: 1\n`,
    'node_modules/a/package.json': '\u001b[2J\n',
  })
  expect(packages.map(({ name }) => name)).toEqual(['y'])
  expect(notes).toEqual([
    { path: 'node_modules/a/package.json', message: expect.stringMatching(/^cannot be read: [ -~]+$/) },
    { path: 'var/lib/dpkg/status', message: 'a package with an invalid name is left out' },
  ])
})

test('what a distribution says of itself', () => {
  expect(parseOsRelease('ID="opensuse-leap"\nPRETTY_NAME=\'It \\$ays\'\nVERSION_ID=\nnonsense\n')).toEqual({
    id: 'opensuse-leap',
    name: 'It $ays',
  })
  expect(parseOsRelease('ID=../x')).toEqual({ id: 'linux' })
})
