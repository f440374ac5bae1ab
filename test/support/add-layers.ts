import { createHash } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

interface Manifest {
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

interface Config {
  readonly rootfs: { readonly diff_ids: readonly string[] }
}

/**
 * Copies an OCI layout with one image to `to` and puts layers on top of the image, plain tars, as
 * they are.
 */
export async function addLayers(from: string, to: string, tars: readonly Uint8Array[]): Promise<void> {
  await cp(from, to, { recursive: true })
  const blob = (digest: string): string => join(to, 'blobs/sha256', digest.replace('sha256:', ''))
  const put = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    await writeFile(blob(digest), bytes)
    return { mediaType, digest, size: bytes.length }
  }
  const putJson = (mediaType: string, value: unknown): Promise<Descriptor> =>
    put(mediaType, Buffer.from(JSON.stringify(value)))
  const index: { manifests: [Descriptor] } = JSON.parse(await readFile(join(to, 'index.json'), 'utf8'))
  const [named] = index.manifests
  const manifest: Manifest = JSON.parse(await readFile(blob(named.digest), 'utf8'))
  const config: Config = JSON.parse(await readFile(blob(manifest.config.digest), 'utf8'))
  const layers = await Promise.all(tars.map((tar) => put('application/vnd.oci.image.layer.v1.tar', tar)))
  const diffIds = [...config.rootfs.diff_ids, ...layers.map(({ digest }) => digest)]
  const newConfig = { ...config, rootfs: { ...config.rootfs, diff_ids: diffIds }, history: undefined }
  const newManifest = {
    ...manifest,
    config: await putJson(manifest.config.mediaType, newConfig),
    layers: [...manifest.layers, ...layers],
  }
  const descriptor = await putJson(named.mediaType, newManifest)
  await writeFile(join(to, 'index.json'), JSON.stringify({ ...index, manifests: [{ ...named, ...descriptor }] }))
}
