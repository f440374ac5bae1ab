import { execFileSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Entry, loadSystemCalls } from '@tsbuild/tree'
import { expect, test } from 'vitest'
import type { Snapshot } from '../../layer/layer.ts'
import type { StoredLayer } from '../protocol/agent-protocol.ts'
import { LayerDiffs } from '../layers/layer-diffs.ts'
import { directory, file, makeStore, set } from '../testing/rootfs.ts'
import { WorkingTree } from './working-tree.ts'

// A tree whose files all belong to an ordinary user, as where a ledger keeps all metadata.

const note = new Map([['user.note', Buffer.from('x')]])
const lower: Readonly<Record<string, Entry>> = {
  locked: { ...directory(), mode: 0, uid: 7 },
  'locked/deep': { ...directory(), mode: 0o500 },
  'locked/deep/file': file('secret', { mode: 0 }),
  bin: directory(),
  'bin/su': file('su', { mode: 0o4755, xattrs: new Map([['security.capability', Buffer.from('00', 'hex')]]) }),
  'bin/null': { ...directory(), type: 'device', kind: 'character', major: 1, minor: 3 },
}
const upper: Readonly<Record<string, Entry>> = {
  bin: { ...directory(), xattrs: note },
  'bin/su': file('another', { mode: 0o2111, gid: 9 }),
  'locked/deep/other': file('other'),
}

test('a tree of an ordinary user goes to and fro between layers that lock files and set ids', async () => {
  const { store, directory: home } = await makeStore()
  const layers = [lower, upper].map((entries) => store.fromDiff(set(entries), { type: 'none' }))
  const stored = await storedLayers(layers)
  const diffs = new LayerDiffs(store)
  diffs.learn(stored)
  const tree = await WorkingTree.empty(join(home, 'tree'), { store, diffs, ledger: 'all' })
  await tree.become(stored)
  const both = listing(tree.root)
  expect(both).toEqual([
    'bin drwxr-xr-x [user.note]',
    'bin/null -rwxr-xr-x []',
    'bin/su -rwx--x--x []',
    'locked drwx------ []',
    'locked/deep drwx------ []',
    'locked/deep/file -rw------- []',
    'locked/deep/other -rwxr-xr-x []',
  ])
  await tree.become(stored.slice(0, 1))
  const one = listing(tree.root)
  expect(one).toEqual([
    'bin drwxr-xr-x []',
    'bin/null -rwxr-xr-x []',
    'bin/su -rwxr-xr-x []',
    'locked drwx------ []',
    'locked/deep drwx------ []',
    'locked/deep/file -rw------- []',
  ])
  // Rights of a process there.
  await tree.expectChanges()
  rmSync(join(tree.root, 'locked'), { recursive: true })
  writeFileSync(join(tree.root, 'bin/null'), 'written')
  chmodSync(join(tree.root, 'bin/su'), 0o700)
  mkdirSync(join(tree.root, 'new/deep'), { recursive: true })
  await tree.restore()
  expect(listing(tree.root)).toEqual(one)
  expect([
    readFileSync(join(tree.root, 'locked/deep/file'), 'utf8'),
    lstatSync(join(tree.root, 'bin/null')).size,
  ]).toEqual(['secret', 0])
  await tree.become(stored)
  expect(listing(tree.root)).toEqual(both)
  rmSync(home, { recursive: true })
})

function storedLayers(layers: Snapshot): Promise<readonly StoredLayer[]> {
  return Promise.all(
    layers.map(async (layer) => {
      const diffId = await layer.diffId()
      return { diffId, unpackedAs: diffId, blob: await layer.blob() }
    }),
  )
}

/** Modes as ls(1) writes them, and attributes of users. */
function listing(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((path) => {
      const mode = execFileSync('stat', ['-c', '%A', join(root, path)], { encoding: 'utf8' }).trim()
      return `${path} ${mode} [${attributes(join(root, path)).join()}]`
    })
}

function attributes(path: string): readonly string[] {
  return [...(loadSystemCalls()?.getXattrs(path).keys() ?? [])].filter(
    (name) => !name.startsWith('security.') || name === 'security.capability',
  )
}
