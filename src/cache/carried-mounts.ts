import { lstatSync } from 'node:fs'
import { mkdir, rm, statfs } from 'node:fs/promises'
import { BlobDirectory, temporaryPath } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { StorePaths } from '../layer/disk/store-paths.ts'
import type { CacheDirectory } from '../mounts/cache-directory.ts'
import { mountLimits } from '../mounts/mount-manifest.ts'
import type { Reporter } from '../progress/event.ts'
import type { RootfsProvider } from '../rootfs/protocol/provider.ts'
import { once } from '../solve/once.ts'
import { asCacheError, type CacheError } from './model/cache-error.ts'
import { loadInTime } from './layered-cache.ts'
import type { FoundMount, ReadableCache } from './model/readable-cache.ts'

/** Blobs that are fetched at the same time. */
const transfers = 4
/** Share of the free bytes of a disk that fetched packs may take. */
const freeShare = 0.25

export interface CarriedMountsOptions {
  readonly paths: StorePaths
  /** In order of preference. */
  readonly imported: readonly ReadableCache[]
  provider(): Promise<RootfsProvider>
  readonly report: Reporter
  readonly signal: AbortSignal
  /** Takes the error of a cache or a mount; rejects where a build must not go on. */
  onTrouble(error: CacheError): Promise<void>
}

/**
 * Cache mounts of a build. One that is missing in the store comes from the first cache that has it,
 * when the first step asks for it.
 */
export class CarriedMounts {
  readonly #options: CarriedMountsOptions
  readonly #opened = new Map<string, Promise<void>>()
  readonly #used = new Map<string, CacheDirectory>()
  readonly #failed = new Set<string>()

  constructor(options: CarriedMountsOptions) {
    this.#options = options
  }

  /** Mounts that steps of this build had, by name. */
  get used(): ReadonlyMap<string, CacheDirectory> {
    return this.#used
  }

  /** True if a cache has promised the mount and did not keep it. */
  hasFailed(name: string): boolean {
    return this.#failed.has(name)
  }

  /** Makes the directory of a mount, if it is new and a cache has it. */
  async open(mount: CacheDirectory): Promise<void> {
    this.#used.set(mount.name, mount)
    await once(this.#opened, mount.name, () => this.#restore(mount))
  }

  async #restore(mount: CacheDirectory): Promise<void> {
    const { imported, onTrouble, signal } = this.#options
    if (imported.length === 0 || exists(mount.directory)) return
    for (const cache of imported) {
      const found = await this.#find(mount, cache)
      if (found === undefined) continue
      try {
        return await this.#fetch(mount, found, cache.name)
      } catch (error) {
        signal.throwIfAborted()
        this.#failed.add(mount.name)
        const reason = error instanceof Error ? error.message : String(error)
        await onTrouble(asCacheError(cache.name, new TypeError(`mount "${mount.id}": ${reason}`, { cause: error })))
      }
    }
  }

  /** The records of most caches were read for the first step. */
  async #find({ name }: CacheDirectory, cache: ReadableCache): Promise<FoundMount | undefined> {
    if (cache.isDropped) return undefined
    try {
      await loadInTime(cache)
      return await cache.findMount(name)
    } catch (error) {
      cache.drop()
      await this.#options.onTrouble(asCacheError(cache.name, error))
      return undefined
    }
  }

  async #fetch({ id, name, directory }: CacheDirectory, found: FoundMount, cache: string): Promise<void> {
    const { paths, provider, report, signal } = this.#options
    const vertex = `cache-mount-${name}`
    const blobs = temporaryPath(paths.temporary, 'mount')
    await report({ type: 'vertex-started', vertex, name: `importing mount ${id} from ${cache}`, time: Date.now() })
    try {
      await this.#receive([found.manifest, ...found.packs], { found, blobs, vertex })
      await (await provider()).unpackMount({ directory, blobs, manifest: found.manifest }, signal)
      await report({ type: 'vertex-finished', vertex, time: Date.now() })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await report({ type: 'vertex-finished', vertex, time: Date.now(), error: message })
      throw error
    } finally {
      await rm(blobs, { recursive: true, force: true })
    }
  }

  async #receive(
    wanted: readonly Descriptor[],
    { found, blobs, vertex }: { readonly found: FoundMount; readonly blobs: string; readonly vertex: string },
  ): Promise<void> {
    const { paths, report, signal } = this.#options
    const size = wanted.reduce((sum, blob) => sum + blob.size, 0)
    const { bavail, bsize } = await statfs(paths.temporary)
    if (size > mountLimits.total || size > freeShare * bavail * bsize)
      throw new RangeError(`its packs have ${size} bytes, and the disk has ${bavail * bsize} left`)
    await mkdir(blobs, { mode: 0o700 })
    const directory = new BlobDirectory(blobs, { temporary: blobs })
    const limit = pLimit(transfers)
    const receive = async (blob: Descriptor): Promise<void> => {
      await directory.put(blob, await found.source.open(blob, signal), signal)
      await report({ type: 'transfer', vertex, id: blob.digest, done: blob.size, total: blob.size })
    }
    // All have to settle before the directory is removed.
    const results = await Promise.allSettled(wanted.map((blob) => limit(() => receive(blob))))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
