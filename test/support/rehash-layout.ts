import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

interface Described {
  readonly digest: string
  readonly mediaType: string
  readonly size: number
}

const sha512 = (bytes: Uint8Array): string => `sha512:${createHash('sha512').update(bytes).digest('hex')}`

/**
 * Writes the first image of a layout as another layout in which every digest is of sha512: blobs,
 * diffIds and the manifest. Returns the digest of the manifest.
 */
export async function rehashLayout(from: string, to: string): Promise<string> {
  const read = (digest: string): Promise<Buffer> => readFile(join(from, 'blobs', digest.replace(':', '/')))
  const write = async (bytes: Buffer): Promise<Pick<Described, 'digest' | 'size'>> => {
    const digest = sha512(bytes)
    await mkdir(join(to, 'blobs/sha512'), { recursive: true })
    await writeFile(join(to, 'blobs', digest.replace(':', '/')), bytes)
    return { digest, size: bytes.length }
  }
  const { manifests }: { readonly manifests: readonly Described[] } = JSON.parse(
    await readFile(join(from, 'index.json'), 'utf8'),
  )
  const [root] = manifests
  if (root === undefined) throw new Error(`no image in ${from}`)
  const manifest: { readonly config: Described; readonly layers: readonly Described[] } = JSON.parse(
    (await read(root.digest)).toString(),
  )
  const layers = await Promise.all(
    manifest.layers.map(async (layer) => {
      const bytes = await read(layer.digest)
      const diffId = sha512(layer.mediaType.endsWith('gzip') ? gunzipSync(bytes) : bytes)
      return { descriptor: { ...layer, ...(await write(bytes)) }, diffId }
    }),
  )
  const config: object = JSON.parse((await read(manifest.config.digest)).toString())
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) }
  const newConfig = { ...manifest.config, ...(await write(Buffer.from(JSON.stringify({ ...config, rootfs })))) }
  const document = { ...manifest, config: newConfig, layers: layers.map(({ descriptor }) => descriptor) }
  const written = { ...root, ...(await write(Buffer.from(JSON.stringify(document)))) }
  await writeFile(join(to, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  await writeFile(join(to, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [written] }))
  return written.digest
}
