import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type Bytes, compress, decompress, type OciLayout, sniffCompression } from '@tsbuild/content'
import { type Descriptor, type Digest, encodeImageConfig, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { indexTar } from '@tsbuild/tree'
import type { EditedImage } from './annotate-image.ts'
import { Overlay } from '../store/places/overlay.ts'
import type { EditableImage } from './read-image.ts'

/**
 * The image with the files of tar archives as new layers on top. Each is checked as a layer, and
 * compressed with gzip unless it is compressed. `scratch` receives the layers.
 */
export async function appendLayers(
  { manifest, config, content }: EditableImage,
  files: readonly string[],
  scratch: OciLayout,
): Promise<EditedImage> {
  const overlay = new Overlay(scratch, content)
  const layers: { readonly descriptor: Descriptor; readonly diffId: Digest }[] = []
  for (const file of files) layers.push(await storeLayer(file, scratch, manifest.mediaType))
  const created = config.created === undefined ? {} : { created: config.created }
  const newConfig = await overlay.add(
    manifest.config.mediaType,
    encodeImageConfig({
      ...config,
      rootfs: { type: 'layers', diff_ids: [...config.rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
      history: [...(config.history ?? []), ...files.map(() => ({ ...created, created_by: 'tsbuild append' }))],
    }),
  )
  const changed = encodeManifest({
    ...manifest,
    config: newConfig,
    layers: [...manifest.layers, ...layers.map(({ descriptor }) => descriptor)],
  })
  return { descriptor: await overlay.add(manifest.mediaType, changed), content: overlay }
}

async function storeLayer(
  file: string,
  scratch: OciLayout,
  manifestType: string,
): Promise<{ readonly descriptor: Descriptor; readonly diffId: Digest }> {
  const compression = await sniff(file)
  const hash = createHash('sha256')
  for await (const _ of indexTar(hashed(decompress(createReadStream(file), compression), hash)));
  const stored = compression === 'none' ? compress(createReadStream(file), { type: 'gzip' }) : createReadStream(file)
  const isDocker = manifestType === mediaTypes.dockerManifest
  const gzip = isDocker ? mediaTypes.dockerLayerGzip : mediaTypes.ociLayerGzip
  const zstd = isDocker ? mediaTypes.dockerLayerZstd : mediaTypes.ociLayerZstd
  const mediaType = compression === 'zstd' ? zstd : gzip
  const descriptor = { mediaType, ...(await scratch.ingest(stored)) }
  return { descriptor, diffId: `sha256:${hash.digest('hex')}` }
}

async function sniff(file: string): Promise<'none' | 'gzip' | 'zstd'> {
  for await (const chunk of createReadStream(file, { end: 7 })) return sniffCompression(chunk)
  return 'none'
}

async function* hashed(bytes: Bytes, hash: { update(chunk: Uint8Array): unknown }): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk)
    yield chunk
  }
}
