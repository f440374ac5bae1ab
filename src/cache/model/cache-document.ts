import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Descriptor, type Digest, isDigest, isForeignLayerType, isLayerType, parseDescriptor } from '@tsbuild/oci'
import { mountLimits, mountTypes } from '../../mounts/mount-manifest.ts'
import { readList, readMembers } from './decoded-json.ts'

/** A layer that records name. */
export interface CachedLayer {
  readonly id: Digest
  readonly diffId: Digest
  /** ISO 8601; end of the step that made it. Absent for layers of base images. */
  readonly created?: string
  /** Of a base image, where a build finds it by its diffId. */
  readonly base?: true
  /** Its bytes in the cache; absent in an inline cache, whose image has them. */
  readonly blob?: Descriptor
}

/** A result: a snapshot and the keys of the step that made it. */
export interface CacheRecord {
  /** Definition key. */
  readonly key: Digest
  /** Content key. */
  readonly content?: Digest
  /** Index in `snapshots`; -1 for one without layers. */
  readonly snapshot: number
}

/** A cache mount whose files are in the cache. */
export interface CachedMount {
  /** As a Dockerfile names it. */
  readonly id: string
  /** Of its directory in a store: id, seed, owner and mode decide it. */
  readonly name: string
  readonly manifest: Descriptor
  readonly packs: readonly Descriptor[]
}

/** Everything that a cache knows. Snapshots that share layers share their beginning. */
export interface CacheDocument {
  readonly layers: readonly CachedLayer[]
  /** Each is one layer, an index in `layers`, on an earlier snapshot, or on -1: on none. */
  readonly snapshots: readonly (readonly [below: number, layer: number])[]
  readonly records: readonly CacheRecord[]
  readonly mounts?: readonly CachedMount[]
}

/** Bounds of what is read, and so of what is written. */
export const cacheLimits = {
  /** Bytes of a document. */
  document: 16 * 1024 * 1024,
  layers: 10_000,
  snapshots: 20_000,
  records: 20_000,
  mounts: 100,
  /** Layers of one snapshot. */
  depth: 1000,
} as const

const version = 1

/**
 * The document as JSON in one line; with a key, a second line has its HMAC (SHA-256, hex). Throws
 * `RangeError` for more than the limits.
 */
export function encodeCache({ layers, snapshots, records, mounts }: CacheDocument, key?: Uint8Array): string {
  const text = JSON.stringify({ version, layers, snapshots, records, mounts })
  const sealed = key === undefined ? text : `${text}\n${hmac(text, key)}`
  if (sealed.length > cacheLimits.document) throw new RangeError(`more than ${cacheLimits.document} bytes of records`)
  checkCounts({ layers, snapshots, records, mounts: mounts ?? [] })
  return sealed
}

/**
 * Reads what `encodeCache` wrote, from anywhere: throws `RangeError` for more than the limits, and
 * `TypeError` for everything else that is not a document, or not sealed with the key.
 */
export function decodeCache(sealed: string, key?: Uint8Array): CacheDocument {
  const [text = '', seal = ''] = sealed.split('\n', 2)
  if (key !== undefined && !isEqual(seal, hmac(text, key))) throw new TypeError('it is not signed with the cache key')
  const { version: written, layers, snapshots, records, mounts } = readMembers(JSON.parse(text))
  if (written !== version) throw new TypeError(`its version is ${String(written).slice(0, 20)}, expected ${version}`)
  const lists = {
    layers: readList(layers),
    snapshots: readList(snapshots),
    records: readList(records),
    mounts: mounts === undefined ? [] : readList(mounts),
  }
  checkCounts(lists)
  return {
    layers: lists.layers.map(decodeLayer),
    snapshots: lists.snapshots.map((value, index) => decodeSnapshot(value, index, lists.layers.length)),
    records: lists.records.map((value) => decodeRecord(value, lists.snapshots.length)),
    ...(mounts !== undefined && { mounts: lists.mounts.map(decodeMount) }),
  }
}

function hmac(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function checkCounts(lists: Readonly<Record<'layers' | 'snapshots' | 'records' | 'mounts', readonly unknown[]>>): void {
  for (const name of ['layers', 'snapshots', 'records', 'mounts'] as const)
    if (lists[name].length > cacheLimits[name])
      throw new RangeError(`${lists[name].length} ${name}, at most ${cacheLimits[name]}`)
}

/** Reads a layer of a document; throws `TypeError` for anything else. */
export function decodeLayer(value: unknown): CachedLayer {
  const { id, diffId, created, base, blob } = readMembers(value)
  return {
    id: digestIn(id),
    diffId: digestIn(diffId),
    ...(isTime(created) && { created }),
    ...(base === true && { base }),
    ...(blob !== undefined && { blob: decodeBlob(blob) }),
  }
}

function decodeBlob(value: unknown): Descriptor {
  const { mediaType, digest, size, annotations } = parseDescriptor(value)
  if (!isLayerType(mediaType) || isForeignLayerType(mediaType)) throw new TypeError('a blob is not a layer')
  return { mediaType, digest, size, ...(annotations && { annotations }) }
}

function decodeSnapshot(value: unknown, index: number, layers: number): readonly [number, number] {
  const [below, layer] = readList(value)
  // Only earlier ones: a snapshot cannot stand on itself.
  return [indexIn(below, index), indexIn(layer, layers, 0)]
}

function decodeRecord(value: unknown, snapshots: number): CacheRecord {
  const { key, content, snapshot } = readMembers(value)
  return {
    key: digestIn(key),
    ...(content !== undefined && { content: digestIn(content) }),
    snapshot: indexIn(snapshot, snapshots),
  }
}

function decodeMount(value: unknown): CachedMount {
  const { id, name, manifest, packs } = readMembers(value)
  if (typeof id !== 'string' || typeof name !== 'string' || !/^[0-9a-f]{32}$/.test(name))
    throw new TypeError('the name of a mount is damaged')
  const blobs = readList(packs)
  if (blobs.length > mountLimits.packs) throw new RangeError(`${blobs.length} packs, at most ${mountLimits.packs}`)
  return {
    id,
    name,
    manifest: blobOf(manifest, mountTypes.manifest),
    packs: blobs.map((pack) => blobOf(pack, mountTypes.pack)),
  }
}

function blobOf(value: unknown, type: string): Descriptor {
  const { mediaType, digest, size } = parseDescriptor(value)
  if (mediaType !== type) throw new TypeError('a part of a mount has another type')
  return { mediaType, digest, size }
}

function digestIn(value: unknown): Digest {
  if (typeof value !== 'string' || !isDigest(value)) throw new TypeError('a digest is damaged')
  return value
}

function indexIn(value: unknown, end: number, start = -1): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < start || value >= end)
    throw new TypeError('an index is out of range')
  return value
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value)
}
