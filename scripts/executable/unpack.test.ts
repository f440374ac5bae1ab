import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as plainTest, expect } from 'vitest'
import type { Pack } from './pack.ts'
import { findOrUnpack } from './unpack.ts'

const contents: Readonly<Record<string, string>> = { 'main.js': 'main', 'deep/native.node': 'native' }
const asset = (path: string): Uint8Array => Buffer.from(contents[path] ?? '')
const files = Object.entries(contents).map(([path, text]) => ({
  path,
  size: text.length,
  sha256: createHash('sha256').update(text).digest('hex'),
}))
const pack: Pack = { id: 'a1', files, started: ['main.js'], native: 'deep/native.node' }
const unavailable = (): never => {
  throw new Error('unpacked again')
}

const test = plainTest.extend<{ parent: string }>({
  parent: async ({}, use) => {
    const parent = mkdtempSync(join(tmpdir(), 'unpack-'))
    await use(parent)
    rmSync(parent, { recursive: true })
  },
})

test('files are unpacked once, for this user alone', ({ parent }) => {
  const directory = findOrUnpack(pack, asset, [join(parent, 'a/b')])
  expect(directory).toBe(join(parent, 'a/b/program-a1'))
  expect(readFileSync(join(directory, 'deep/native.node'), 'utf8')).toBe('native')
  expect(readdirSync(join(parent, 'a/b'))).toEqual(['program-a1'])
  expect(findOrUnpack(pack, unavailable, [join(parent, 'a/b')])).toBe(directory)
})

test.for([
  ['changed', (directory: string) => writeFileSync(join(directory, 'main.js'), 'evil')],
  ['truncated', (directory: string) => writeFileSync(join(directory, 'main.js'), '')],
  ['missing', (directory: string) => rmSync(join(directory, 'deep'), { recursive: true })],
  ['a link', (directory: string) => (rmSync(directory, { recursive: true }), symlinkSync('/', directory))],
  ['writable for others', (directory: string) => chmodSync(directory, 0o777)],
] as const)('files that are %s are replaced', ([, damage], { parent }) => {
  const directory = findOrUnpack(pack, asset, [parent])
  damage(directory)
  expect(findOrUnpack(pack, asset, [parent])).toBe(directory)
  expect(readFileSync(join(directory, 'main.js'), 'utf8')).toBe('main')
  expect(findOrUnpack(pack, unavailable, [parent])).toBe(directory)
  expect(readdirSync(parent)).toEqual(['program-a1'])
})

test('a directory that others prepared is passed over, even with the right files in it', ({ parent }) => {
  const [shared, linked, own] = ['shared', 'linked', 'own'].map((name) => join(parent, name)) as [
    string,
    string,
    string,
  ]
  findOrUnpack(pack, asset, [shared])
  chmodSync(shared, 0o777)
  symlinkSync(own, linked)
  mkdirSync(own, { mode: 0o700 })
  expect(findOrUnpack(pack, asset, [shared, linked, own])).toBe(join(own, 'program-a1'))
  expect(() => findOrUnpack(pack, asset, [shared, linked])).toThrow(
    /shared: other users may write to it\n.*linked: not a directory/,
  )
})

test.skipIf(process.getuid?.() !== 0)(
  'a directory of another user is passed over (skipped without root)',
  ({ parent }) => {
    findOrUnpack(pack, asset, [parent])
    chownSync(parent, 65534, 65534)
    expect(() => findOrUnpack(pack, asset, [parent])).toThrow('belongs to user 65534, not to user 0')
  },
)

test('a directory below one that does not exist is passed over', ({ parent }) => {
  expect(() => findOrUnpack(pack, asset, [join(parent, 'a/b/c'), '/proc/a/b'])).toThrow(/ENOENT[^]*ENOENT/)
})

test('files of versions that were not started for a month are removed', ({ parent }) => {
  for (const [name, days] of [
    ['program-old', 40],
    ['program-new', 20],
  ] as const) {
    mkdirSync(join(parent, name))
    const time = new Date(Date.now() - days * 24 * 3_600_000)
    utimesSync(join(parent, name), time, time)
  }
  findOrUnpack(pack, asset, [parent])
  expect(readdirSync(parent).sort()).toEqual(['program-a1', 'program-new'])
  expect(existsSync(join(parent, 'program-old'))).toBe(false)
})
