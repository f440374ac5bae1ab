import { createHash, randomFillSync } from 'node:crypto'
import { mkdir, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createGzip } from 'node:zlib'
import { type Descriptor, digestOf, mediaTypes } from '@tsbuild/oci'
import { pack } from 'tar-stream'

const chunkSize = 1 << 20

/** Makes a layout with one image, `1`, of layers that cannot be compressed, in gzip format. */
export async function writeLayout(
  directory: string,
  { layers, layerSize }: { readonly layers: number; readonly layerSize: number },
): Promise<void> {
  const blobs = join(directory, 'blobs', 'sha256')
  await mkdir(blobs, { recursive: true })
  const made: { readonly descriptor: Descriptor; readonly diffId: string }[] = []
  for (let index = 0; index < layers; index += 1) made.push(await writeLayer(blobs, index, layerSize))
  const putDocument = async (mediaType: string, value: unknown): Promise<Descriptor> => {
    const bytes = Buffer.from(JSON.stringify(value))
    const digest = digestOf(bytes)
    await writeFile(join(blobs, digest.slice('sha256:'.length)), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const config = await putDocument(mediaTypes.ociConfig, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: made.map(({ diffId }) => diffId) },
  })
  const manifest = await putDocument(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: made.map(({ descriptor }) => descriptor),
  })
  const annotations = { 'org.opencontainers.image.ref.name': '1' }
  const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [{ ...manifest, annotations }] }
  await writeFile(join(directory, 'index.json'), JSON.stringify(index))
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
}

/** A tar of one random file, as a gzip stream of stored blocks. */
async function writeLayer(
  blobs: string,
  index: number,
  size: number,
): Promise<{ readonly descriptor: Descriptor; readonly diffId: string }> {
  const tar = pack()
  const entry = tar.entry({ name: `file-${index}`, size })
  void fill(entry, size).then(() => tar.finalize())
  const diff = createHash('sha256')
  const gzip = createGzip({ level: 0 })
  void (async () => {
    for await (const chunk of tar as AsyncIterable<Buffer>) {
      diff.update(chunk)
      if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once('drain', resolve))
    }
    gzip.end()
  })()
  const hash = createHash('sha256')
  const path = join(blobs, `layer-${index}`)
  let length = 0
  {
    await using file = await open(path, 'w')
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      hash.update(chunk)
      length += chunk.length
      await file.writeFile(chunk)
    }
  }
  const hex = hash.digest('hex')
  await rename(path, join(blobs, hex))
  return {
    descriptor: { mediaType: mediaTypes.ociLayerGzip, digest: `sha256:${hex}`, size: length },
    diffId: `sha256:${diff.digest('hex')}`,
  }
}

async function fill(entry: NodeJS.WritableStream, size: number): Promise<void> {
  for (let left = size; left > 0; left -= chunkSize) {
    const chunk = randomFillSync(Buffer.allocUnsafe(Math.min(left, chunkSize)))
    if (!entry.write(chunk)) await new Promise((resolve) => entry.once('drain', resolve))
  }
  entry.end()
}
