import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'

interface ImageConfig {
  readonly history?: readonly Readonly<Record<string, unknown>>[] | null
  readonly rootfs: { readonly diff_ids: readonly string[] | null }
  readonly [key: string]: unknown
}

/**
 * A config, with Go's null for empty lists, and uncompressed layers, oldest first, wherever they
 * were kept.
 */
export interface PlainImage {
  /** As the index that lists it says. */
  readonly platform: string
  readonly config: ImageConfig
  readonly layers: readonly Uint8Array[]
  /** Of the manifest, and of its descriptor where that has others. */
  readonly annotations: Readonly<Record<string, string>>
}

/** An OCI layout with one image, for one platform or several. */
export interface PlainLayout {
  /** True if the layout has an index for platforms. */
  readonly isIndex: boolean
  readonly images: readonly PlainImage[]
  /** Of that index. */
  readonly annotations: Readonly<Record<string, string>>
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string }
}

/** Reads an OCI layout directory; throws when a layer is not what the config says. */
export async function readLayout(layout: string): Promise<PlainLayout> {
  const { manifests }: { readonly manifests: readonly [Descriptor] } = JSON.parse(
    await readFile(join(layout, 'index.json'), 'utf8'),
  )
  const [top] = manifests
  if (!top.mediaType.includes('index'))
    return { isIndex: false, images: [await readImage(layout, top)], annotations: {} }
  const index: { readonly manifests: readonly Descriptor[]; readonly annotations?: Record<string, string> } =
    JSON.parse((await readBlob(layout, top.digest)).toString('utf8'))
  const images = await Promise.all(index.manifests.map((descriptor) => readImage(layout, descriptor)))
  return { isIndex: true, images, annotations: { ...top.annotations, ...index.annotations } }
}

async function readImage(layout: string, descriptor: Descriptor): Promise<PlainImage> {
  const manifest: {
    readonly config: { readonly digest: string }
    readonly layers: readonly { readonly digest: string }[] | null
    readonly annotations?: Readonly<Record<string, string>>
  } = JSON.parse((await readBlob(layout, descriptor.digest)).toString('utf8'))
  const config: ImageConfig = JSON.parse((await readBlob(layout, manifest.config.digest)).toString('utf8'))
  const layers = await Promise.all(
    (manifest.layers ?? []).map(async ({ digest }) => inflate(await readBlob(layout, digest))),
  )
  layers.forEach((layer, index) => {
    const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`
    if (digest !== config.rootfs.diff_ids?.[index])
      throw new Error(
        `Layer ${index} of ${layout} has digest ${digest}, the config says ${config.rootfs.diff_ids?.[index]}`,
      )
  })
  const { os, architecture, variant } = descriptor.platform ?? { os: '', architecture: '' }
  const platform = [os, architecture, variant].filter(Boolean).join('/')
  return { platform, config, layers, annotations: { ...descriptor.annotations, ...manifest.annotations } }
}

function readBlob(layout: string, digest: string): Promise<Buffer> {
  return readFile(join(layout, 'blobs', ...digest.split(':')))
}

function inflate(blob: Buffer): Buffer {
  if (blob[0] === 0x1f && blob[1] === 0x8b) return gunzipSync(blob)
  return blob.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(blob) : blob
}
