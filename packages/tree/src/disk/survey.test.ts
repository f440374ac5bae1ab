import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { applyDiff } from '../model/apply-diff.ts'
import type { Change, Diff } from '../model/diff.ts'
import { diffTrees } from '../model/diff-trees.ts'
import { listingDigest } from '../model/listing-digest.ts'
import type { Tree } from '../model/tree.ts'
import { packDiff } from '../tar/pack-diff.ts'
import { setAll, trees } from '../testing/trees.ts'
import { hashFiles } from './hash-files.ts'
import { HostFile } from './host-file.ts'
import { laterChange } from './later-change.ts'
import { materialize, type MaterializeOptions } from './materialize.ts'
import { PathStats } from './path-stats.ts'
import { scan } from './scan.ts'
import { type KnownDirectory, survey } from './survey.ts'
import { loadSystemCalls } from './system-calls.ts'

const isRoot = process.geteuid?.() === 0
const inPlace: MaterializeOptions = { overlay: 'none', chown: isRoot }

let base = ''
let root = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'survey-'))
  root = join(base, 'root')
  mkdirSync(root)
})
afterEach(() => rmSync(base, { recursive: true }))

/** Tree and stats of the directory, once further changes have later times. */
async function known(): Promise<KnownDirectory> {
  const tree = await scan(root, { xattrs: true, names: 'keep' })
  const stats = await PathStats.of(root)
  await laterChange(join(base, 'probe'), stats.newest)
  return { tree, stats }
}

const lines = (found: Diff): readonly string[] =>
  [...found]
    .map(([path, change]) => (change.type === 'remove' ? `- ${path}` : `+ ${path} ${change.entry.type}`))
    .toSorted()

test.skipIf(!isRoot)('what is found makes the tree of now from the tree of before (skipped without root)', async () => {
  await fc.assert(
    fc.asyncProperty(trees, trees, async (first, second) => {
      rmSync(root, { recursive: true })
      mkdirSync(root)
      await materialize(
        packDiff(setAll(first), () => {}),
        root,
        inPlace,
      )
      const before = await known()
      expect((await survey(root, before)).found.size).toBe(0)
      await materialize(
        packDiff(diffTrees(first, second), () => {}),
        root,
        inPlace,
      )
      const { found } = await survey(root, before)
      expect(await digest(applyDiff(before.tree, found))).toBe(await digest(await scan(root, { names: 'keep' })))
    }),
    { numRuns: 50 },
  )
})

/** Contents are what they are now, whether they were found or known. */
async function digest(tree: Tree): Promise<string> {
  const now = await scan(root, { names: 'keep', digests: true })
  const files = [...tree.values()].flatMap((entry) =>
    entry.type === 'file' && entry.content instanceof HostFile ? [entry.content] : [],
  )
  await hashFiles(files, {})
  expect(listingDigest(tree)).toBe(listingDigest(now))
  return listingDigest(tree)
}

test('a change that keeps size and times is found, and so are its kinds', async () => {
  for (const name of ['same', 'mode', 'note', 'kept', 'gone']) writeFileSync(join(root, name), name)
  mkdirSync(join(root, 'dir'))
  writeFileSync(join(root, 'dir/deep'), '')
  utimesSync(join(root, 'same'), 1, 1)
  const before = await known()
  writeFileSync(join(root, 'same'), 'SAME')
  utimesSync(join(root, 'same'), 1, 1)
  chmodSync(join(root, 'mode'), 0o600)
  loadSystemCalls()?.setXattr(join(root, 'note'), 'user.note', Buffer.from('x'))
  rmSync(join(root, 'gone'))
  rmSync(join(root, 'dir'), { recursive: true })
  symlinkSync('same', join(root, 'dir'))
  const { found } = await survey(root, before)
  expect(lines(found)).toEqual(['+  directory', '+ dir symlink', '+ mode file', '+ note file', '+ same file', '- gone'])
  const note: Change | undefined = found.get('note')
  expect(note?.type === 'set' && note.entry.xattrs?.get('user.note')).toEqual(Uint8Array.from(Buffer.from('x')))
})

test('names of one file are found together, also those whose own stat says nothing', async () => {
  mkdirSync(join(root, 'x'))
  writeFileSync(join(root, 'x/one'), '1')
  linkSync(join(root, 'x/one'), join(root, 'z'))
  writeFileSync(join(root, 'other'), '')
  const before = await known()
  renameSync(join(root, 'x'), join(root, 'y'))
  const { found } = await survey(root, before)
  expect(lines(found)).toEqual(['+  directory', '+ y directory', '+ y/one file', '+ z hardlink', '- x'])
})

test('a socket counts as the removal of the file it replaced', async () => {
  writeFileSync(join(root, 'a'), '')
  const before = await known()
  rmSync(join(root, 'a'))
  const listen = 'const s = require("node:net").createServer(); s.listen(process.argv[1], () => process.exit())'
  execFileSync(process.execPath, ['-e', listen, join(root, 'a')])
  const { found, sockets } = await survey(root, before)
  expect([lines(found), sockets]).toEqual([['+  directory', '- a'], ['a']])
})

test('stats survive being written down', async () => {
  writeFileSync(join(root, 'a'), '')
  const { tree, stats } = await known()
  const paths = [...tree.keys(), 'unknown']
  const again = PathStats.unpack(paths, stats.pack(paths))
  expect((await survey(root, { tree, stats: again })).found.size).toBe(0)
  expect(again.inode('a')).toEqual(stats.inode('a'))
  expect(again.inode('unknown')).toEqual({ dev: 0, ino: 0 })
})
