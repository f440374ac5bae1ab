import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from '@tsbuild/content'
import { digestAlgorithms, type Digest } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import { ignoreMissing, listNames, readText, removeFile } from './files.ts'
import { listRepositories } from './list-repositories.ts'
import { unlinkManifest } from './manifests.ts'
import { checkStorage } from './prepare-storage.ts'
import { readLinks } from './repository.ts'
import { readLinkName, type RepositoryPaths, type StoragePaths, storagePaths } from './storage-paths.ts'

/** Choice of what a collection removes. */
export interface CollectOptions {
  /** Also manifests that no tag leads to. Default: false. */
  readonly untagged?: boolean
  /** Only what was not used for so many milliseconds: clients may be pushing. Default: an hour. */
  readonly grace?: number
  /** Remove nothing; the result is what would be removed. Default: false. */
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/** Result of a collection. */
export interface Collected {
  /** Number of manifests that no tag leads to. */
  readonly manifests: number
  /** Number of blobs, the bytes of those manifests among them. */
  readonly blobs: number
  /** Bytes of the blobs. */
  readonly freed: number
}

const defaultGrace = 60 * 60_000

/**
 * Removes blobs that no manifest of a repository needs. A registry may serve the storage meanwhile.
 * Rejects before anything is removed in a repository with a manifest that cannot be read.
 */
export async function collectStorage(root: string, options: CollectOptions = {}): Promise<Collected> {
  const paths = storagePaths(root)
  await checkStorage(paths)
  return withLock(paths.collectorLock, () => new Collection(paths, options).run(), {
    ...(options.signal && { signal: options.signal }),
  })
}

class Collection {
  readonly #paths: StoragePaths
  readonly #options: CollectOptions
  /** Everything used since then stays. */
  readonly #cutoff: number
  readonly #linked = new Set<Digest>()
  #manifests = 0

  constructor(paths: StoragePaths, options: CollectOptions) {
    this.#paths = paths
    this.#options = options
    this.#cutoff = Date.now() - (options.grace ?? defaultGrace)
  }

  async run(): Promise<Collected> {
    for (const name of await listRepositories(this.#paths.repositories)) {
      this.#options.signal?.throwIfAborted()
      const repository = this.#paths.repository(name)
      await withLock(repository.lock, () => this.#cleanRepository(repository))
    }
    let [blobs, freed] = [0, 0]
    for (const algorithm of digestAlgorithms) {
      for (const hex of await readdir(join(this.#paths.blobs, algorithm))) {
        this.#options.signal?.throwIfAborted()
        const digest = asDigest(`${algorithm}:${hex}`)
        const size = digest && (await this.#removeBlob(digest))
        if (size === undefined) continue
        blobs++
        freed += size
      }
    }
    return { manifests: this.#manifests, blobs, freed }
  }

  /** Removes links that no manifest needs, under the lock of the repository. */
  async #cleanRepository(repository: RepositoryPaths): Promise<void> {
    const graph = await readGraph(repository, this.#paths)
    const kept = await this.#keepManifests(repository, graph)
    for (const digest of graph.keys()) {
      if (kept.has(digest)) continue
      this.#manifests++
      if (this.#options.dryRun !== true) await unlinkManifest(digest, repository)
    }
    const needed = new Set<Digest>()
    for (const digest of kept) for (const each of [digest, ...(graph.get(digest)?.references ?? [])]) needed.add(each)
    for (const digest of await readLinks(repository.blobs)) {
      if (needed.has(digest) || (await this.#isRecent(repository.blob(digest)))) this.#linked.add(digest)
      else if (this.#options.dryRun !== true) await removeFile(repository.blob(digest))
    }
    for (const digest of kept) this.#linked.add(digest)
  }

  async #keepManifests(repository: RepositoryPaths, graph: Graph): Promise<ReadonlySet<Digest>> {
    if (this.#options.untagged !== true) return new Set(graph.keys())
    const roots: Digest[] = []
    for (const tag of (await listNames(repository.tags)) ?? [])
      roots.push(...[asDigest((await readText(repository.tag(tag))) ?? '')].filter((each) => each !== undefined))
    for (const digest of graph.keys()) if (await this.#isRecent(repository.manifest(digest))) roots.push(digest)
    return reach(roots, graph)
  }

  /** Size of the blob if nothing links it, which is removed. */
  async #removeBlob(digest: Digest): Promise<number | undefined> {
    if (this.#linked.has(digest)) return undefined
    const path = this.#paths.blob(digest)
    return withLock(this.#paths.blobLock(digest), async () => {
      // Linked meanwhile by an upload or a mount, which set the time under the same lock.
      if (await this.#isRecent(path)) return undefined
      const found = await stat(path).catch(ignoreMissing)
      if (found === undefined) return undefined
      return this.#options.dryRun === true || (await removeFile(path)) ? found.size : undefined
    })
  }

  async #isRecent(path: string): Promise<boolean> {
    const found = await stat(path).catch(ignoreMissing)
    return found !== undefined && found.mtimeMs > this.#cutoff
  }
}

interface GraphNode {
  readonly references: readonly Digest[]
  readonly subject?: Digest
}

type Graph = ReadonlyMap<Digest, GraphNode>

/** The manifests of a repository, and what each needs. */
async function readGraph(repository: RepositoryPaths, storage: StoragePaths): Promise<Graph> {
  const graph = new Map<Digest, GraphNode>()
  for (const name of (await listNames(repository.manifests)) ?? []) {
    const digest = readLinkName(name)
    if (digest === undefined) continue
    const bytes = await readFile(storage.blob(digest)).catch(ignoreMissing)
    // A manifest whose bytes are gone needs nothing, and cannot be served.
    const read = bytes && readManifest(bytes, await readText(repository.manifest(digest)))
    const references = read?.references.map((each) => each.digest) ?? []
    graph.set(digest, { references, ...(read?.subject && { subject: read.subject }) })
  }
  return graph
}

/** Manifests that the roots lead to, and those that refer to one of them. */
function reach(roots: readonly Digest[], graph: Graph): ReadonlySet<Digest> {
  const referrers = Map.groupBy(graph.keys(), (digest) => graph.get(digest)?.subject)
  const found = new Set<Digest>()
  const waiting = [...roots]
  for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) {
    const node = graph.get(digest)
    if (node === undefined || found.has(digest)) continue
    found.add(digest)
    waiting.push(...node.references, ...(referrers.get(digest) ?? []))
  }
  return found
}
