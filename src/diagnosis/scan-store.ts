import { createReadStream, existsSync } from 'node:fs'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { OciLayout, successors } from '@tsbuild/content'
import {
  algorithmOf,
  annotationKeys,
  type Descriptor,
  type Digest,
  digestOfHex,
  endDigest,
  startDigest,
} from '@tsbuild/oci'
import { decodeIndex } from '@tsbuild/tree'
import { decodeRecord } from '../cache/local/local-cache.ts'
import { type LayerRecord, readLayerRecord } from '../layer/stored/layer-record.ts'
import type { StorePaths } from '../layer/disk/store-paths.ts'
import { abandonedTemporaries } from '../layer/disk/sweep.ts'
import type { StoreProblem } from './store-problem.ts'

/**
 * Looks at everything in a store, reads every blob, and changes nothing. Records are read before
 * what they name: so builds that run meanwhile are no problems.
 */
export class StoreScan {
  readonly problems: StoreProblem[] = []
  readonly checked = { blobs: 0, layers: 0, records: 0, images: 0 }
  readonly #paths: StorePaths
  readonly #signal: AbortSignal
  readonly #sizes = new Map<Digest, Promise<number | undefined>>()
  readonly #usable = new Map<Digest, Promise<boolean>>()

  constructor(paths: StorePaths, signal: AbortSignal) {
    this.#paths = paths
    this.#signal = signal
  }

  async run(): Promise<void> {
    for (const path of await fannedFiles(join(this.#paths.root, 'cache'))) await this.#record(path)
    for (const path of await fannedFiles(join(this.#paths.root, 'layers'))) await this.#layer(path)
    for (const path of await fannedFiles(join(this.#paths.root, 'indexes'))) await this.#index(path)
    await this.#images()
    for (const folder of this.#paths.blobs)
      for (const name of await namesIn(folder)) await this.#blob(join(folder, name))
    for (const path of await abandonedTemporaries(this.#paths))
      this.problems.push({ kind: 'temporary', path, reason: 'the process that made it has ended', repair: 'remove' })
  }

  /** The folder also has what steps depended on last time, which names nothing. */
  async #record(path: string): Promise<void> {
    this.checked.records += 1
    const text = await readFile(path, 'utf8').catch(() => '')
    const value = parseObject(text)
    if (value !== undefined && !('layers' in value)) return
    const record = value && decodeRecord(text)
    if (record === undefined)
      return void this.problems.push({ kind: 'record', path, reason: 'it is damaged', repair: 'remove' })
    for (const { diffId, origin } of record.layers) {
      if (origin !== undefined || (await this.#isUsable(diffId))) continue
      const reason = `the layer ${diffId} that it names is missing`
      return void this.problems.push({ kind: 'record', path, reason, repair: 'remove' })
    }
  }

  async #layer(path: string): Promise<void> {
    this.checked.layers += 1
    const diffId = digestOfFanned(path, '.json')
    const record = diffId && (await readLayerRecord(this.#paths, diffId))
    if (record === undefined)
      return void this.problems.push({ kind: 'layer', path, reason: 'it is damaged', repair: 'remove' })
    const missing = await this.#missingBlobs(record)
    if (missing.length === 0) return
    const isEmpty = missing.length === record.blobs.length && record.origin === undefined
    const reason = `the bytes ${missing[0]?.digest} that it names are missing`
    this.problems.push({ kind: 'layer', path, reason, repair: isEmpty ? 'remove' : 'rewrite' })
  }

  /** True for a layer whose record leads to bytes. */
  #isUsable(diffId: Digest): Promise<boolean> {
    const known = this.#usable.get(diffId) ?? this.#findUsable(diffId)
    this.#usable.set(diffId, known)
    return known
  }

  async #findUsable(diffId: Digest): Promise<boolean> {
    const record = await readLayerRecord(this.#paths, diffId)
    if (record === undefined) return false
    return record.origin !== undefined || (await this.#missingBlobs(record)).length < record.blobs.length
  }

  async #missingBlobs({ blobs }: LayerRecord): Promise<readonly Descriptor[]> {
    const missing: Descriptor[] = []
    for (const blob of blobs) if ((await this.#sizeOf(blob.digest)) !== blob.size) missing.push(blob)
    return missing
  }

  async #index(path: string): Promise<void> {
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes === undefined) return
    try {
      const unread = (): never => {
        throw new Error('no file is read')
      }
      decodeIndex(bytes, { open: unread, readAt: unread })
    } catch (error) {
      this.problems.push({ kind: 'index', path, reason: readText(error), repair: 'remove' })
    }
  }

  async #images(): Promise<void> {
    const { layout } = this.#paths
    // Written last when a store is made, and by the next build where it is missing.
    if (!existsSync(join(layout, 'oci-layout'))) return
    try {
      const images = await OciLayout.open(layout, { marksUse: false })
      for (const root of await images.roots()) await this.#image(images, root)
    } catch (error) {
      this.problems.push({ kind: 'layout', path: layout, reason: readText(error) })
    }
  }

  async #image(images: OciLayout, root: Descriptor): Promise<void> {
    this.checked.images += 1
    const name = root.annotations?.[annotationKeys.refName] ?? root.digest
    const seen = new Set<Digest>()
    const waiting = [root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (seen.has(node.digest) || isForeign(node)) continue
      seen.add(node.digest)
      if ((await this.#sizeOf(node.digest)) !== node.size) {
        const reason = `"${name}" lacks it: pull or build the image again`
        return void this.problems.push({ kind: 'image', path: images.pathOf(node.digest), reason })
      }
      waiting.push(...(await successors(images, node)))
    }
  }

  async #blob(path: string): Promise<void> {
    this.checked.blobs += 1
    const digest = digestOfHex(basename(path))
    if (digest === undefined || this.#paths.blob(digest) !== path)
      return void this.problems.push({ kind: 'blob', path, reason: 'its name is not a digest' })
    if ((await this.#sizeOf(digest)) !== undefined) return
    this.problems.push({ kind: 'blob', path, reason: 'its bytes have another digest than its name', repair: 'remove' })
  }

  /** Size of a blob whose bytes have its digest; undefined for one that is missing or damaged. */
  #sizeOf(digest: Digest): Promise<number | undefined> {
    const known = this.#sizes.get(digest) ?? this.#read(digest)
    this.#sizes.set(digest, known)
    return known
  }

  async #read(digest: Digest): Promise<number | undefined> {
    const [path, algorithm] = [this.#paths.blob(digest), algorithmOf(digest)]
    this.#signal.throwIfAborted()
    const found = await lstat(path).catch(() => undefined)
    if (found?.isFile() !== true) return undefined
    const hash = startDigest(algorithm)
    await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal: this.#signal })
    return endDigest(hash, algorithm) === digest ? found.size : undefined
  }
}

/** Layers that registries do not have are not part of what an image needs. */
function isForeign({ mediaType }: Descriptor): boolean {
  return mediaType.includes('foreign') || mediaType.includes('nondistributable')
}

function readText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

function digestOfFanned(path: string, suffix: string): Digest | undefined {
  const [fan = '', name = ''] = path.split('/').slice(-2)
  return digestOfHex(`${fan}${name.slice(0, -suffix.length)}`)
}

async function fannedFiles(folder: string): Promise<readonly string[]> {
  const fans = (await namesIn(folder)).filter((fan) => /^[0-9a-f]{2}$/.test(fan))
  const files = await Promise.all(
    fans.map(async (fan) => (await namesIn(join(folder, fan))).map((name) => join(folder, fan, name))),
  )
  return files.flat()
}

async function namesIn(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => [])
}
