import { readFile } from 'node:fs/promises'
import { syncDirectory } from '@tsbuild/content'
import { type Descriptor, type Digest, parseDescriptor, parseDigest } from '@tsbuild/oci'
import { noteFileUse } from '../disk/note-use.ts'
import type { StorePaths } from '../disk/store-paths.ts'
import { syncName, writeFileAtomic } from '../disk/write-file.ts'

/** The repository of a normalised image reference, or the directory of an OCI layout. */
export type ImagePlace =
  | { readonly reference: string; readonly layout?: undefined }
  | { readonly layout: string; readonly reference?: undefined }

/** Source of a pulled layer, so that its bytes can be fetched later. */
export type LayerOrigin = ImagePlace & { readonly descriptor: Descriptor }

/** Facts about a layer in the store, under its diffId. */
export interface LayerRecord {
  readonly diffId: Digest
  /** End of the step that made it, ISO 8601. Absent for pulled layers. */
  readonly created?: string
  /** Stored forms, one for each compression. Their blobs may be missing. */
  readonly blobs: readonly Descriptor[]
  readonly origin?: LayerOrigin
  /** Diff ids of the same layer as eStargz, by level. */
  readonly estargz?: Readonly<Record<string, Digest>>
}

/** Record of a layer. Undefined if it is missing or damaged. */
export async function readLayerRecord(paths: StorePaths, diffId: Digest): Promise<LayerRecord | undefined> {
  try {
    const path = paths.layer(diffId)
    await noteFileUse(path)
    return decode(JSON.parse(await readFile(path, 'utf8')), diffId)
  } catch {
    return undefined
  }
}

/** Records a layer. Keeps other stored forms of an older record, and its `created`. */
export async function writeLayerRecord(paths: StorePaths, record: LayerRecord): Promise<LayerRecord> {
  const known = await readLayerRecord(paths, record.diffId)
  const fresh = record.blobs.map((blob) => blob.digest)
  const origin = record.origin ?? known?.origin
  const created = known?.created ?? record.created
  const estargz = { ...known?.estargz, ...record.estargz }
  const merged: LayerRecord = {
    diffId: record.diffId,
    blobs: [...record.blobs, ...(known?.blobs ?? []).filter((blob) => !fresh.includes(blob.digest))],
    ...(created !== undefined && { created }),
    ...(origin !== undefined && { origin }),
    ...(Object.keys(estargz).length !== 0 && { estargz }),
  }
  // No record outlives the bytes that it names.
  if (fresh.length > 0 && paths.durable)
    await Promise.all([...paths.blobs.map(syncDirectory), syncName(paths.index(record.diffId))])
  await writeFileAtomic(paths.layer(record.diffId), JSON.stringify(merged), paths)
  return merged
}

function decode(value: unknown, diffId: Digest): LayerRecord | undefined {
  if (typeof value !== 'object' || value === null || !('blobs' in value) || !Array.isArray(value.blobs))
    return undefined
  return {
    diffId,
    blobs: value.blobs.map((blob) => parseDescriptor(blob)),
    ...('created' in value && typeof value.created === 'string' && { created: value.created }),
    ...('origin' in value && { origin: parseOrigin(value.origin) }),
    ...('estargz' in value && { estargz: parseDigests(value.estargz) }),
  }
}

function parseDigests(value: unknown): Readonly<Record<string, Digest>> {
  return Object.fromEntries(Object.entries(Object(value)).map(([name, digest]) => [name, parseDigest(String(digest))]))
}

/** Reads an origin from decoded JSON. Throws for other values. */
export function parseOrigin(value: unknown): LayerOrigin {
  if (typeof value === 'object' && value !== null && 'descriptor' in value) {
    const descriptor = parseDescriptor(value.descriptor)
    if ('layout' in value && typeof value.layout === 'string') return { layout: value.layout, descriptor }
    if ('reference' in value && typeof value.reference === 'string') {
      // Records of earlier versions have a layout as text.
      const [, layout] = /^oci-layout:(.*)$/s.exec(value.reference) ?? []
      return layout === undefined ? { reference: value.reference, descriptor } : { layout, descriptor }
    }
  }
  throw new TypeError('not the origin of a layer')
}
