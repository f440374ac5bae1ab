import { lutimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { decompress } from '@tsbuild/content'
import { compressionOf } from '@tsbuild/oci'
import {
  type Diff,
  diffTrees,
  type Entry,
  type FileContent,
  HostFile,
  materialize,
  parentOf,
  type Path,
  scan,
  type Tree,
} from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import type { StoredLayer } from './agent-protocol.ts'
import { RootfsError } from './rootfs-error.ts'
import type { OpenRootfs, OpenView, RootfsStrategy } from './strategy.ts'
import type { WorkDirectory } from './work-directory.ts'

export interface CloneParts {
  readonly store: LayerStore
  readonly work: WorkDirectory
}

/** A copy that nobody uses at the moment, and what is in it. */
interface Clone {
  readonly directory: string
  readonly tree: Tree
}

/**
 * Layers copied into one directory, where overlays cannot be mounted. What changed is found by scanning before and after.
 * A copy lives on with its changes and is used again by who goes on from there, as steps of one stage do.
 */
export function cloneStrategy(parts: CloneParts): RootfsStrategy {
  const idle = new Map<string, Clone>()
  return {
    open: async (layers) => {
      const key = keyOf(layers)
      const known = idle.get(key)
      idle.delete(key)
      const clone = known ?? (await copyOf(parts, layers))
      return new CloneRootfs(clone, (diffId, after) => void idle.set(keyOf([...layers, { diffId }]), after))
    },
    view: async (layers): Promise<OpenView> => {
      const directory = await unpackAll(parts, layers)
      return { directory, [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) }
    },
  }
}

class CloneRootfs implements OpenRootfs {
  readonly #before: Clone
  readonly #onKeep: (diffId: StoredLayer['diffId'], after: Clone) => void
  #after: Tree = new Map()
  #kept = false

  constructor(before: Clone, onKeep: (diffId: StoredLayer['diffId'], after: Clone) => void) {
    this.#before = before
    this.#onKeep = onKeep
  }

  get directory(): string {
    return this.#before.directory
  }

  async changes(): Promise<Diff> {
    this.#after = recognize(this.#before.tree, await scanAll(this.directory))
    const diff = withParents(diffTrees(this.#before.tree, this.#after), this.#after)
    const redated = redatedDirectories(diff, this.#before.tree)
    this.#after = setDates(this.directory, this.#after, redated)
    return new Map([...diff].filter(([path]) => !redated.has(path)))
  }

  async keep(...[diffId, epoch]: Parameters<OpenRootfs['keep']>): Promise<void> {
    if (epoch !== undefined) setBack(this.directory, this.#after, epoch)
    const tree = epoch === undefined ? this.#after : await scanAll(this.directory)
    this.#onKeep(diffId, { directory: this.directory, tree })
    this.#kept = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#kept) await rm(this.directory, { recursive: true, force: true })
  }
}

async function copyOf(parts: CloneParts, layers: readonly StoredLayer[]): Promise<Clone> {
  const directory = await unpackAll(parts, layers)
  return { directory, tree: await scanAll(directory) }
}

/** A new directory with what the layers amount to. */
async function unpackAll({ store, work }: CloneParts, layers: readonly StoredLayer[]): Promise<string> {
  const directory = work.make('clone')
  try {
    for (const { diffId, blob } of layers) {
      if (!blob) throw new RootfsError('LAYER_GONE', `Layer ${diffId} is not in the store`)
      const tar = decompress(await store.blobs.open(blob), compressionOf(blob.mediaType))
      await materialize(tar, directory, { overlay: 'none', chown: true })
    }
    return directory
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

function scanAll(directory: string): Promise<Tree> {
  return scan(directory, { xattrs: true, names: 'keep' })
}

/** The scan with the contents that are those of an earlier scan put in their places, so that comparing need not read them. */
function recognize(before: Tree, scanned: Tree): Tree {
  const known = new Map<string, FileContent>()
  for (const entry of before.values()) if (entry.type === 'file') known.set(identityOf(entry.content), entry.content)
  const same = (entry: Entry): Entry =>
    entry.type === 'file' ? { ...entry, content: known.get(identityOf(entry.content)) ?? entry.content } : entry
  return new Map([...scanned].map(([path, entry]) => [path, same(entry)]))
}

/** Device, inode, size and times of a scanned file; whoever changes its content changes one of them. */
function identityOf(content: FileContent): string {
  if (!(content instanceof HostFile)) throw new TypeError('The content is not of a scanned file')
  return content.stat.toString('latin1')
}

/** The diff with the directories above its changes, as overlays have them; the root is none of its business. */
function withParents(diff: Diff, tree: Tree): Diff {
  const whole = new Map(diff)
  for (const path of diff.keys()) {
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const entry = tree.get(above)
      if (whole.has(above) || entry === undefined) continue
      whole.set(above, { type: 'set', entry })
    }
  }
  whole.delete('')
  return whole
}

/** Directories of which nothing but the time changed, in which nothing changed either, and the time they had. */
function redatedDirectories(diff: Diff, before: Tree): ReadonlyMap<Path, number> {
  const redated = new Map<Path, number>()
  const changedWithin = new Set<Path>()
  for (const path of [...diff.keys()].toSorted().toReversed()) {
    const [change, old] = [diff.get(path), before.get(path)]
    if (!changedWithin.has(path) && old?.type === 'directory' && change?.type === 'set' && isSameDirectory(change.entry, old))
      redated.set(path, old.mtime)
    else changedWithin.add(parentOf(path))
  }
  return redated
}

function isSameDirectory(entry: Entry, old: Entry): boolean {
  return entry.type === 'directory' && entry.mode === old.mode && entry.uid === old.uid && entry.gid === old.gid
}

/** Gives what is at these paths these times, seconds, on disk and in the tree. */
function setDates(directory: string, tree: Tree, times: ReadonlyMap<Path, number>): Tree {
  const dated = new Map(tree)
  for (const [path, mtime] of times) {
    const entry = tree.get(path)
    if (entry === undefined) continue
    // Names that are not UTF-8 cannot be told to `fs` as text.
    if (path.isWellFormed()) lutimesSync(`${directory}/${path}`, mtime, mtime)
    dated.set(path, { ...entry, mtime })
  }
  return dated
}

function setBack(directory: string, tree: Tree, epoch: number): void {
  for (const [path, entry] of tree) {
    if (entry.mtime > epoch && path.isWellFormed()) lutimesSync(`${directory}/${path}`, epoch, epoch)
  }
}

function keyOf(layers: readonly Pick<StoredLayer, 'diffId'>[]): string {
  return layers.map(({ diffId }) => diffId).join(' ')
}
