import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TarEntry, writeTar } from '@tsbuild/tar'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { treeOf } from '../model/apply-diff.ts'
import type { Change, Diff } from '../model/diff.ts'
import type { Path } from '../model/entry.ts'
import { indexTar } from './index-tar.ts'
import { materialize } from '../disk/materialize.ts'
import { contentOf } from '../model/memory-content.ts'
import { sortedPaths } from '../model/path.ts'
import { scan } from '../disk/scan.ts'
import { scanUpper } from '../disk/scan-upper.ts'
import { dir, evil, link } from '../testing/layers.ts'
import type { Tree } from '../model/tree.ts'
import { layeredView } from '../model/view.ts'

const isRoot = process.geteuid?.() === 0

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'layer-links-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** A layer whose files all have contents of their own. */
function tarOf(entries: readonly TarEntry[], text: string): AsyncIterable<Uint8Array> {
  return writeTar(
    entries.map((entry, index) => {
      if (entry.type !== 'file') return { entry }
      const { size, open } = contentOf(`${text} ${index}`)
      return { entry: { ...entry, size }, body: open() }
    }),
  )
}

async function diffOf(tar: AsyncIterable<Uint8Array>): Promise<Diff> {
  const diff = new Map<Path, Change>()
  for await (const { path, change } of indexTar(tar)) {
    if (change.type === 'remove') diff.set(path, change)
    else if (change.entry.type !== 'file') diff.set(path, { ...change, entry: change.entry })
    else
      diff.set(path, {
        ...change,
        entry: { ...change.entry, content: { ...change.entry.content, open: () => expect.fail() } },
      })
  }
  return diff
}

/** A line for each path: its kind, and for a file its digest and the first of its names. */
function linesOf(tree: Tree): readonly string[] {
  const ownerOf = (path: Path): Path => {
    const entry = tree.get(path)
    return entry?.type === 'hardlink' ? ownerOf(entry.target) : path
  }
  const firstNames = new Map<Path, Path>()
  for (const path of sortedPaths(tree).toReversed()) firstNames.set(ownerOf(path), path)
  return sortedPaths(tree).map((path) => {
    const owner = ownerOf(path)
    const entry = tree.get(owner)
    if (entry?.type === 'file') return `${path} file ${entry.content.digest} ${firstNames.get(owner)}`
    return entry?.type === 'symlink' ? `${path} -> ${entry.target}` : `${path} ${entry?.type}`
  })
}

type Layers = readonly (readonly TarEntry[])[]

/** Listing of the indexes of layers, or the refusal of one of them. */
async function indexed(layers: Layers): Promise<unknown> {
  const diffs = Promise.all(layers.map((entries, index) => diffOf(tarOf(entries, `${index}`))))
  return diffs.then((found) => linesOf(treeOf(layeredView(found)))).catch(refused)
}

/** Listing of a directory that layers were unpacked into, one after the other. */
async function unpacked(layers: Layers): Promise<unknown> {
  emptyRoot()
  const unpack = async (): Promise<unknown> => {
    for (const [index, entries] of layers.entries())
      await materialize(tarOf(entries, `${index}`), root, { overlay: 'none', chown: false })
    return linesOf(await scan(root, { digests: true }))
  }
  return unpack().catch(refused)
}

/** Listing of an overlay of unpacked layers. */
async function overlaid(layers: Layers): Promise<unknown> {
  const unpack = async (entries: readonly TarEntry[], index: number): Promise<Diff> => {
    emptyRoot()
    await materialize(tarOf(entries, `${index}`), root, { overlay: 'trusted', chown: true })
    return scanUpper(root, { overlay: 'trusted', digests: true })
  }
  const diffs: Diff[] = []
  const all = async (): Promise<unknown> => {
    for (const [index, entries] of layers.entries()) diffs.push(await unpack(entries, index))
    return linesOf(treeOf(layeredView(diffs)))
  }
  return all().catch(refused)
}

function refused(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? 'refused' : error
}

function emptyRoot(): void {
  rmSync(root, { recursive: true })
  mkdirSync(root)
}

/** The paths that lines are about. */
const pathsOf = (lines: unknown): unknown => Array.isArray(lines) && lines.map((line) => String(line).split(' ')[0])

test.each<[string, Layers, unknown]>([
  ['same layer', [[dir('data'), link('srv', 'data'), evil('srv/x')]], ['', 'data', 'data/x', 'srv']],
  [
    'absolute target',
    [[dir('data'), link('srv', '/data'), evil('srv/a/y')]],
    ['', 'data', 'data/a', 'data/a/y', 'srv'],
  ],
  [
    'target above the root',
    [[dir('a'), link('a/srv', '../../../../data'), evil('a/srv/x')]],
    ['', 'a', 'a/srv', 'data', 'data/x'],
  ],
  ['target that does not exist', [[link('srv', 'nowhere'), evil('srv/x')]], ['', 'nowhere', 'nowhere/x', 'srv']],
  [
    'target in a lower layer',
    [
      [dir('data'), evil('data/old')],
      [link('srv', 'data'), evil('srv/x')],
    ],
    ['', 'data', 'data/old', 'data/x', 'srv'],
  ],
  ['symlink of a lower layer', [[dir('data'), link('srv', 'data')], [evil('srv/x')]], ['', 'data', 'srv', 'srv/x']],
  [
    'directory over a symlink',
    [[dir('data'), link('srv', 'data'), dir('srv'), evil('srv/x')]],
    ['', 'data', 'srv', 'srv/x'],
  ],
  ['chain of symlinks', [[link('a', 'b'), link('b', '/c/d'), evil('a/x')]], ['', 'a', 'b', 'c', 'c/d', 'c/d/x']],
  [
    'hard link through a symlink',
    [[evil('data/f'), link('srv', 'data'), link('k', 'srv/f', 'hardlink')]],
    ['', 'data', 'data/f', 'k', 'srv'],
  ],
  [
    'whiteout',
    [
      [evil('data/old'), evil('data/kept')],
      [link('srv', 'data'), evil('srv/.wh.old')],
    ],
    ['', 'data', 'data/kept', 'srv'],
  ],
  [
    'opaque mark',
    [[evil('data/old')], [link('srv', 'data'), evil('srv/.wh..wh..opq'), evil('srv/new')]],
    ['', 'data', 'data/new', 'srv'],
  ],
  ['ring of symlinks', [[link('a', 'b'), link('b', 'a'), evil('a/x')]], undefined],
  ['hard link into a lower layer', [[evil('a')], [link('b', 'a', 'hardlink')]], undefined],
  [
    'hard link to a file that was replaced',
    [[evil('a'), link('b', 'a', 'hardlink'), link('c', 'a', 'hardlink'), evil('a')]],
    ['', 'a', 'b', 'c'],
  ],
])('%s: what is below a symlink is where containerd and Docker put it', async (_, layers, paths) => {
  const found = await indexed(layers)
  if (paths === undefined) expect(found).toBe('refused')
  else expect(pathsOf(found)).toEqual(paths)
  expect(await unpacked(layers)).toEqual(found)
  if (isRoot) expect(await overlaid(layers)).toEqual(found)
})

const path = fc.constantFrom(
  'a',
  'b',
  'a/b',
  'a/c',
  'b/a',
  'b/a/c',
  's',
  's/a',
  's/b/c',
  'a/s',
  'a/s/b',
  '.wh..wh.plnk/1',
  '.wh..wh.plnk/2',
)
const target = fc.constantFrom('a', '/b', '../a', 's', 'a/b', 'nowhere', '.')
const entry = fc.oneof(
  { weight: 3, arbitrary: path.map(evil) },
  { weight: 2, arbitrary: path.map(dir) },
  { weight: 3, arbitrary: fc.tuple(path, target).map(([from, to]) => link(from, to)) },
  { weight: 2, arbitrary: fc.tuple(path, path).map(([from, to]) => link(from, to, 'hardlink')) },
  { weight: 1, arbitrary: path.map((at) => evil(at.replace(/[^/]*$/, '.wh.$&'))) },
  { weight: 1, arbitrary: path.map((at) => evil(`${at}/.wh..wh..opq`)) },
)

const anyLayers = fc.array(fc.array(entry, { maxLength: 7 }), { minLength: 1, maxLength: 2 })

test('an index shows what unpacking makes, for any symlinks, links and marks', async () => {
  const property = fc.asyncProperty(anyLayers, async (layers) => {
    expect(await unpacked(layers)).toEqual(await indexed(layers))
  })
  await fc.assert(property, { numRuns: 150 })
})

test.skipIf(!isRoot)(`an overlay shows the same${isRoot ? '' : ' (skipped: needs root)'}`, async () => {
  const property = fc.asyncProperty(anyLayers, async (layers) => {
    expect(await overlaid(layers)).toEqual(await indexed(layers))
  })
  await fc.assert(property, { numRuns: 150 })
})
