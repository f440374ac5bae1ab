import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { type ArchiveEntry, readArchive } from './read-archive.ts'

/** Image in the form of the specification, read by other means than the product's own. */
export interface OpenImage {
  /** Digest of the manifest. */
  readonly digest: string
  readonly manifest: Manifest
  readonly config: Config
  /** `created_by` of every history entry, oldest first. */
  readonly history: readonly string[]
  /** Oldest first. */
  readonly layers: readonly (readonly ArchiveEntry[])[]
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string }
}

interface Manifest {
  readonly mediaType: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

interface Config {
  readonly architecture: string
  readonly os: string
  readonly created?: string
  readonly author?: string
  readonly config: Readonly<Record<string, unknown>>
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] }
  readonly history: readonly {
    readonly created?: string
    readonly created_by?: string
    readonly comment?: string
    readonly empty_layer?: boolean
  }[]
}

/** The descriptors in `index.json` of an OCI layout directory. */
export async function readLayoutIndex(layout: string): Promise<readonly Descriptor[]> {
  const index: { readonly manifests: readonly Descriptor[] } = JSON.parse(
    await readFile(join(layout, 'index.json'), 'utf8'),
  )
  return index.manifests
}

/**
 * The image a layout directory holds first. Throws when a blob does not have its digest or size, or
 * a layer not its diff id.
 */
export async function openImage(layout: string, digest?: string): Promise<OpenImage> {
  const chosen = digest ?? (await readLayoutIndex(layout))[0]?.digest
  if (chosen === undefined) throw new Error(`no image in ${layout}`)
  const manifest: Manifest = JSON.parse((await readBlob(layout, chosen)).toString('utf8'))
  const config: Config = JSON.parse(
    (await readBlob(layout, manifest.config.digest, manifest.config.size)).toString('utf8'),
  )
  const layers = await Promise.all(
    manifest.layers.map((layer, index) => readLayer(layout, layer, config.rootfs.diff_ids[index])),
  )
  const withLayer = config.history.filter(({ empty_layer: empty }) => empty !== true).length
  if (config.history.length > 0 && withLayer !== layers.length)
    throw new Error(`The history tells of ${withLayer} layers, the manifest of ${layers.length}`)
  return { digest: chosen, manifest, config, history: config.history.map((entry) => entry.created_by ?? ''), layers }
}

async function readLayer(
  layout: string,
  { digest, size, mediaType }: Descriptor,
  diffId: string | undefined,
): Promise<readonly ArchiveEntry[]> {
  const blob = await readBlob(layout, digest, size)
  const tar = mediaType.endsWith('gzip')
    ? gunzipSync(blob)
    : mediaType.endsWith('zstd')
      ? zstdDecompressSync(blob)
      : blob
  if (digestOf(tar) !== diffId)
    throw new Error(`The tar of layer ${digest} has digest ${digestOf(tar)}, the config says ${diffId ?? 'nothing'}`)
  return readArchive(tar)
}

async function readBlob(layout: string, digest: string, size?: number): Promise<Buffer> {
  const bytes = await readFile(join(layout, 'blobs', ...digest.split(':')))
  if (digestOf(bytes) !== digest) throw new Error(`Blob ${digest} has digest ${digestOf(bytes)}`)
  if (size !== undefined && bytes.length !== size)
    throw new Error(`Blob ${digest} has ${bytes.length} bytes instead of ${size}`)
  return bytes
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
