import { readFile } from 'node:fs/promises'
import { type Descriptor, type Digest, digestOf, mediaTypes } from '@tsbuild/oci'
import type { LayerStore } from './layer-store.ts'

/** Descriptor of a manifest or index among these blobs. Undefined if it is missing or damaged. */
export async function describeStored(
  store: Pick<LayerStore, 'blobs'>,
  digest: Digest,
): Promise<Descriptor | undefined> {
  if ((await store.blobs.use(digest)) === undefined) return undefined
  const bytes = await readFile(store.blobs.pathOf(digest)).catch(() => undefined)
  if (bytes === undefined || digestOf(bytes) !== digest) return undefined
  try {
    const document: unknown = JSON.parse(bytes.toString('utf8'))
    if (typeof document !== 'object' || document === null) return undefined
    const named = 'mediaType' in document && typeof document.mediaType === 'string' ? document.mediaType : undefined
    return {
      mediaType: named ?? ('manifests' in document ? mediaTypes.ociIndex : mediaTypes.ociManifest),
      digest,
      size: bytes.length,
    }
  } catch {
    return undefined
  }
}
