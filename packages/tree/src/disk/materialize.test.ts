import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyDiff, treeOf } from '../model/apply-diff.ts'
import type { Change, Diff } from '../model/diff.ts'
import { diffTrees } from '../model/diff-trees.ts'
import type { Entry } from '../model/entry.ts'
import { indexTar } from '../tar/index-tar.ts'
import { listingDigest } from '../model/listing-digest.ts'
import { materialize, type MaterializeOptions } from './materialize.ts'
import { packDiff } from '../tar/pack-diff.ts'
import { scan } from './scan.ts'
import { scanUpper } from './scan-upper.ts'
import { dir, evil, layer, link, mark } from '../testing/layers.ts'
import { directory, file, owned, plain, setAll, symlink, treeOf as build, trees } from '../testing/trees.ts'
import { layeredView } from '../model/view.ts'

const isRoot = process.geteuid?.() === 0
const needsRoot = isRoot ? '' : ' (skipped: needs root)'
const inPlace: MaterializeOptions = { overlay: 'none', chown: isRoot }

let base = ''
let root = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'materialize-'))
  root = join(base, 'root')
  mkdirSync(root)
})
afterEach(() => rmSync(base, { recursive: true }))

const pack = (diff: Diff): AsyncIterable<Uint8Array> => packDiff(diff, () => {})

test.skipIf(!isRoot)(`a directory that layers were unpacked into scans as the tree they make${needsRoot}`, async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, async (first, second) => {
      rmSync(root, { recursive: true })
      mkdirSync(root)
      const diff = diffTrees(first, second)
      await materialize(pack(setAll(first)), root, inPlace)
      await materialize(pack(diff), root, inPlace)
      const found = await scan(root, { digests: true, names: 'keep' })
      expect(listingDigest(found)).toBe(listingDigest(applyDiff(first, diff)))
    }),
    { numRuns: 50 },
  )
})

test.skipIf(!isRoot)(`an overlay layer scans as the diff it was made from${needsRoot}`, async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, fc.constantFrom('trusted', 'user'), async (first, second, overlay) => {
      rmSync(root, { recursive: true })
      mkdirSync(root)
      const diff = new Map(diffTrees(first, second))
      diff.delete('')
      const top = diff.get('a')
      if (top?.type === 'set' && top.entry.type === 'directory') diff.set('a', { ...top, opaque: true })
      // The directories above changes, as a layer has them.
      const whole = new Map<string, Change>([
        ...[...diff.keys()]
          .flatMap((path) => ancestors(path))
          .map((path): [string, Change] => [path, { type: 'set', entry: second.get(path) ?? directory() }]),
        ...diff,
      ])
      await materialize(pack(whole), root, { overlay, chown: true })
      expect(plain(await scanUpper(root, { overlay, digests: true }))).toEqual(plain(whole))
    }),
    { numRuns: 50 },
  )
})

const ancestors = (path: string): string[] =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'))

function overlayWorks(): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'overlay-'))
  try {
    for (const name of ['a', 'b', 'm']) mkdirSync(join(directory, name))
    execFileSync(
      'unshare',
      ['-m', 'mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${directory}/a:${directory}/b`, `${directory}/m`],
      {
        stdio: 'ignore',
      },
    )
    return true
  } catch {
    return false
  } finally {
    rmSync(directory, { recursive: true })
  }
}
const canMount = isRoot && overlayWorks()

test.skipIf(!canMount)(
  `the kernel merges the layers as a view does${canMount ? '' : ' (skipped: overlay cannot be mounted here)'}`,
  async () => {
    const lower = build({
      'd/a': file('a'),
      'd/b': file('b'),
      'e/x': file('x'),
      f: file('f'),
      'g/h': file('h'),
      l: symlink('f'),
    })
    const upper = new Map<string, Change>([
      ['d', { type: 'set', entry: directory() }],
      ['d/a', { type: 'remove' }],
      ['d/c', { type: 'set', entry: file('c') }],
      ['e', { type: 'set', entry: directory(), opaque: true }],
      ['e/y', { type: 'set', entry: file('y') }],
      ['f', { type: 'set', entry: directory() }],
      ['g', { type: 'set', entry: file('g') }],
      ['l', { type: 'remove' }],
    ])
    for (const [name, diff] of [
      ['lower', setAll(lower)],
      ['upper', upper],
    ] as const) {
      mkdirSync(join(base, name))
      await materialize(pack(diff), join(base, name), { overlay: 'trusted', chown: true })
    }
    const script = `mount -t overlay overlay -o lowerdir=${base}/upper:${base}/lower ${root} && cd ${root} && find . -mindepth 1 -printf '%P %y\\n' | sort`
    const merged = execFileSync('unshare', ['-m', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
    })
    const types = { file: 'f', directory: 'd', symlink: 'l', hardlink: 'f', device: 'b', fifo: 'p' }
    const view = [...treeOf(layeredView([setAll(lower), upper]))]
      .slice(1)
      .map(([path, entry]) => `${path} ${types[entry.type]}`)
    expect(merged.trim().split('\n')).toEqual(view.sort())
  },
)

test('in place, removals count for lower layers only, wherever they stand in the tar', async () => {
  await materialize(
    pack(setAll(build({ 'd/old': file('1'), 'd/sub/deep': file('2'), 'e/f': file('3') }))),
    root,
    inPlace,
  )
  await materialize(
    layer([evil('d/sub/new'), mark('d/.wh..wh..opq'), evil('d/after'), mark('.wh.e'), evil('e/back')]),
    root,
    inPlace,
  )
  expect([...(await scan(root)).keys()]).toEqual(['', 'd', 'd/after', 'd/sub', 'd/sub/new', 'e', 'e/back'])
})

test('modes and times are those of the layer, also of directories that are written into later', async () => {
  await materialize(
    pack(
      setAll(
        build({
          d: directory({ mode: 0o555, mtime: 11 }),
          'd/f': file('f'),
          'd/s': { ...owned, mode: 0o4755, mtime: 12, type: 'file', content: fileContent('s') },
        }),
      ),
    ),
    root,
    inPlace,
  )
  await materialize(pack(setAll(new Map<string, Entry>([['d/g', file('g')]]))), root, inPlace)
  expect([lstatSync(join(root, 'd')).mode & 0o7777, lstatSync(join(root, 'd')).mtimeMs]).toEqual([0o555, 11_000])
  expect([lstatSync(join(root, 'd/s')).mode & 0o7777, lstatSync(join(root, 'd/s')).mtimeMs]).toEqual([0o4755, 12_000])
  chmodSync(join(root, 'd'), 0o755)
})

function fileContent(text: string): Extract<Entry, { type: 'file' }>['content'] {
  const entry = file(text)
  if (entry.type !== 'file') throw new Error('not a file')
  return entry.content
}

test.skipIf(!isRoot)(
  `without any privilege, directories that forbid writing are written into and removed${needsRoot}`,
  async () => {
    chownSync(base, 65_534, 65_534)
    chownSync(root, 65_534, 65_534)
    const closed = { ...owned, mode: 0o555, uid: 7, type: 'directory' } as const
    const first = build({
      d: closed,
      'd/e': { ...closed, mode: 0 },
      'd/e/f': file('f'),
      g: closed,
      'g/h/i': file('i'),
      'g/h': closed,
    })
    process.seteuid?.(65_534)
    try {
      await materialize(pack(setAll(first)), root, { overlay: 'none', chown: false })
      const { refusedDevices } = await materialize(
        layer([
          evil('d/e/new'),
          mark('d/e/.wh.f'),
          mark('.wh.g'),
          { ...owned, path: 'sda', type: 'device', kind: 'block', major: 8, minor: 0 },
        ]),
        root,
        { overlay: 'none', chown: false },
      )
      expect(refusedDevices).toEqual(['sda'])
    } finally {
      process.seteuid?.(0)
    }
    const tree = await scan(root)
    expect([...tree].map(([path, { mode }]) => [path, mode])).toEqual([
      ['', 0o755],
      ['d', 0o555],
      ['d/e', 0],
      ['d/e/new', 0o755],
      ['sda', 0o755],
    ])
  },
)

test('directories a layer only implies get the metadata they have below', async () => {
  const lower = layeredView([setAll(build({ tmp: directory({ mode: 0o1777 }) }))])
  await materialize(layer([evil('tmp/f'), evil('new/f')]), root, { ...inPlace, lower })
  expect(['tmp', 'new'].map((name) => lstatSync(join(root, name)).mode & 0o7777)).toEqual([0o1777, 0o755])
})

test('hard links are links, and a replaced name leaves the others', async () => {
  await materialize(
    pack(setAll(build({ a: file('old'), b: { ...owned, mode: 0o644, type: 'hardlink', target: 'a' } }))),
    root,
    inPlace,
  )
  expect(lstatSync(join(root, 'a')).ino).toBe(lstatSync(join(root, 'b')).ino)
  await materialize(layer([evil('a')]), root, inPlace)
  expect([readFileSync(join(root, 'a'), 'utf8'), readFileSync(join(root, 'b'), 'utf8')]).toEqual(['evil', 'old'])
})

test('a device 0:0 of a layer is not taken for a whiteout', async () => {
  const result = await materialize(
    layer([{ ...owned, path: 'null', type: 'device', kind: 'character', major: 0, minor: 0 }]),
    root,
    {
      ...inPlace,
      overlay: 'trusted',
    },
  )
  expect(result.refusedDevices).toEqual(['null'])
  expect(lstatSync(join(root, 'null')).isFile()).toBe(true)
})

test('names that are not UTF-8 keep their bytes', async () => {
  const name = '\udce4'
  await materialize(layer([evil(name), link('l', name)]), root, inPlace)
  expect(
    readdirSync(root, { encoding: 'buffer' })
      .map((bytes) => bytes.toString('hex'))
      .sort(),
  ).toEqual(['6c', 'e4'])
  expect(readlinkSync(join(root, 'l'), { encoding: 'buffer' }).toString('hex')).toBe('e4')
})

test('what cannot be written is an error that names the path', async () => {
  await expect(materialize(layer([evil('n'.repeat(300))]), root, inPlace)).rejects.toMatchObject({
    code: 'MATERIALIZE_FAILED',
    path: 'n'.repeat(300),
  })
  expect(existsSync(root)).toBe(true)
})

test('an indexed layer and an unpacked one agree on entries that exclude each other', async () => {
  const entries = [evil('a'), dir('a'), evil('a/x'), evil('b/y'), evil('b'), link('c', 'a'), evil('c/z'), mark('.wh.b')]
  await materialize(layer(entries), root, inPlace)
  const changes = await Array.fromAsync(indexTar(layer(entries)))
  const indexed = changes.filter(({ change }) => change.type === 'set').map(({ path }) => path)
  expect([...(await scan(root)).keys()].slice(1)).toEqual([...new Set([...indexed, 'c'])].sort())
})
