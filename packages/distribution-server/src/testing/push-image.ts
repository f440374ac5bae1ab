import { randomBytes } from 'node:crypto'
import { algorithmOf, digestOf, type Digest } from '@tsbuild/oci'
import { readManifest } from '../manifest/read-manifest.ts'
import type { RegistryStorage } from '../storage/storage.ts'

export const imageType = 'application/vnd.oci.image.manifest.v1+json'

/** Pushes bytes as a blob. */
export async function pushBlob(storage: RegistryStorage, repository: string, bytes: Uint8Array): Promise<Digest> {
  const digest = digestOf(bytes)
  const upload = await storage.beginUpload(repository, algorithmOf(digest))
  await upload.append({ body: chunks(bytes) })
  await upload.finish(digest)
  return digest
}

/** Pushes an image with a config and a layer of its own, and more members. */
export async function pushImage(
  storage: RegistryStorage,
  repository: string,
  { tags = [], members = {} }: { readonly tags?: readonly string[]; readonly members?: object } = {},
): Promise<{ readonly digest: Digest; readonly config: Digest; readonly layer: Digest }> {
  const config = await pushBlob(storage, repository, randomBytes(20))
  const layer = await pushBlob(storage, repository, randomBytes(30))
  const document = {
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: 20 },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: 30 }],
    ...members,
  }
  const digest = await pushManifest(storage, repository, { document, mediaType: imageType, tags })
  return { digest, config, layer }
}

export async function pushManifest(
  storage: RegistryStorage,
  repository: string,
  {
    document,
    mediaType,
    tags = [],
  }: { readonly document: object; readonly mediaType: string; readonly tags?: readonly string[] },
): Promise<Digest> {
  const bytes = Buffer.from(JSON.stringify(document))
  const digest = digestOf(bytes)
  const { references, subject } = readManifest(bytes, mediaType)
  const named = references.map((reference) => reference.digest)
  await storage.putManifest(repository, { digest, bytes, mediaType, subject, references: named, tags })
  return digest
}

/** A stream of one chunk. */
export async function* chunks(...bytes: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* bytes
}
