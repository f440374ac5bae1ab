import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { decompress } from '@tsbuild/content'
import { compressionOf, type Digest } from '@tsbuild/oci'
import { materialize, viewOf } from '@tsbuild/tree'
import pLimit from 'p-limit'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteDirectoryUse } from '../../layer/disk/note-use.ts'
import type { StoredLayer } from '../protocol/agent-protocol.ts'
import { deviceXattr } from './device-xattr.ts'
import { explainOwner } from './explain-owner.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'
import { type DiskNames, unpackedName } from './unpacked-name.ts'
import type { WorkDirectory } from './work-directory.ts'

/** Layers unpacked at the same time: reading, decompressing and writing overlap. */
const concurrency = 4

export interface UnpackedParts extends DiskNames {
  readonly work: WorkDirectory
  /** False where the kernel has no owners but one. */
  readonly keepsOwners: boolean
}

/**
 * The directories of layers, as lower directories of overlays, unpacked once for all builds that
 * share the store. A layer that implies directories is unpacked once for each sequence of layers
 * below it: whose owners and modes those have is theirs to say.
 */
export class UnpackedLayers {
  readonly #store: LayerStore
  readonly #work: WorkDirectory
  readonly #names: DiskNames
  readonly #keepsOwners: boolean
  readonly #limit = pLimit(concurrency)
  readonly #unpacking = new Map<Digest, Promise<string>>()

  constructor(store: LayerStore, { work, idMaps, boot, keepsOwners }: UnpackedParts) {
    this.#store = store
    this.#work = work
    this.#names = { idMaps, boot }
    this.#keepsOwners = keepsOwners
  }

  /**
   * Names in the store's `unpacked` directory, in the order of the layers; unpacks what is missing.
   */
  names(layers: readonly StoredLayer[]): Promise<readonly string[]> {
    return Promise.all(layers.map((layer) => this.#name(layer)))
  }

  /**
   * Gives a directory that holds what unpacking the layer would give its place; it is gone
   * afterwards, also when another was faster.
   */
  async adopt(directory: string, diffId: Digest): Promise<void> {
    await this.#settle(directory, unpackedName(diffId, this.#names))
  }

  #name(layer: StoredLayer): Promise<string> {
    const { unpackedAs } = layer
    const running = this.#unpacking.get(unpackedAs)
    if (running) return running
    const unpacking = this.#limit(() => this.#unpack(layer))
    this.#unpacking.set(unpackedAs, unpacking)
    unpacking.catch(() => this.#unpacking.delete(unpackedAs))
    return unpacking
  }

  async #unpack({ diffId, unpackedAs, blob, implied }: StoredLayer): Promise<string> {
    const { paths, blobs } = this.#store
    const name = unpackedName(unpackedAs, this.#names)
    if (noteDirectoryUse(join(paths.unpacked, name))) return name
    if (!blob)
      throw new RootfsError('LAYER_GONE', `layer ${diffId} was unpacked and is gone`, {
        hint: 'another process has pruned the store; build again',
      })
    const draft = this.#work.make('unpack')
    try {
      const tar = decompress(await blobs.open(blob), compressionOf(blob.mediaType))
      const lower = implied && viewOf(implied)
      await materialize(tar, draft, {
        overlay: this.#names.idMaps === undefined ? 'trusted' : 'user',
        chown: this.#keepsOwners,
        ...(this.#keepsOwners && { deviceXattr }),
        ...(lower && { lower }),
      })
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      throw explainOwner(error, this.#names.idMaps)
    }
    await this.#settle(draft, name)
    return name
  }

  async #settle(directory: string, name: string): Promise<void> {
    try {
      await rename(directory, join(this.#store.paths.unpacked, name))
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      if (!noteDirectoryUse(join(this.#store.paths.unpacked, name))) throw error
    }
  }
}
