import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Descriptor, type Digest, isDigest, isForeignLayerType, isLayerType, parseDescriptor } from '@tsbuild/oci'
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

/** Everything that a cache knows. Snapshots that share layers share their beginning. */
export interface CacheDocument {
  readonly layers: readonly CachedLayer[]
  /** Each is one layer, an index in `layers`, on an earlier snapshot, or on -1: on none. */
  readonly snapshots: readonly (readonly [below: number, layer: number])[]
  readonly records: readonly CacheRecord[]
}

/** Bounds of what is read, and so of what is written. */
export const cacheLimits = {
  /** Bytes of a document. */
  document: 16 * 1024 * 1024,
  layers: 10_000,
  snapshots: 20_000,
  records: 20_000,
  /** Layers of one snapshot. */
  depth: 1000,
} as const

const version = 1

/**
 * The document as JSON in one line; with a key, a second line has its HMAC (SHA-256, hex). Throws
 * `RangeError` for more than the limits.
 */
export function encodeCache({ layers, snapshots, records }: CacheDocument, key?: Uint8Array): string {
  const text = JSON.stringify({ version, layers, snapshots, records })
  const sealed = key === undefined ? text : `${text}\n${hmac(text, key)}`
  if (sealed.length > cacheLimits.document) throw new RangeError(`more than ${cacheLimits.document} bytes of records`)
  checkCounts({ layers, snapshots, records })
  return sealed
}

/**
 * Reads what `encodeCache` wrote, from anywhere: throws `RangeError` for more than the limits, and
 * `TypeError` for everything else that is not a document, or not sealed with the key.
 */
export function decodeCache(sealed: string, key?: Uint8Array): CacheDocument {
  const [text = '', seal = ''] = sealed.split('\n', 2)
  if (key !== undefined && !isEqual(seal, hmac(text, key))) throw new TypeError('it is not signed with the cache key')
  const { version: written, layers, snapshots, records } = readMembers(JSON.parse(text))
  if (written !== version) throw new TypeError(`its version is ${String(written).slice(0, 20)}, expected ${version}`)
  const lists = { layers: readList(layers), snapshots: readList(snapshots), records: readList(records) }
  checkCounts(lists)
  return {
    layers: lists.layers.map(decodeLayer),
    snapshots: lists.snapshots.map((value, index) => decodeSnapshot(value, index, lists.layers.length)),
    records: lists.records.map((value) => decodeRecord(value, lists.snapshots.length)),
  }
}

function hmac(text: string, key: Uint8Array): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

function isEqual(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function checkCounts(lists: Readonly<Record<'layers' | 'snapshots' | 'records', readonly unknown[]>>): void {
  for (const name of ['layers', 'snapshots', 'records'] as const)
    if (lists[name].length > cacheLimits[name])
      throw new RangeError(`${lists[name].length} ${name}, at most ${cacheLimits[name]}`)
}

function decodeLayer(value: unknown): CachedLayer {
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
