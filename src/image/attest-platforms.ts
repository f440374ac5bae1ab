import {
  type AttestationDocument,
  attestationArtifact,
  attestationArtifactType,
  attestationImage,
  imagePackageUrl,
  type Subject,
} from '@tsbuild/attest'
import type { Descriptor } from '@tsbuild/oci'
import type { LayerStore } from '../layer/layer-store.ts'
import type { AssembledPlatform } from './target.ts'
import type { StatementSource } from './statement-source.ts'

/** Statements about an image, and their place. */
export interface AttestationForm {
  readonly statements: StatementSource
  /**
   * `beside`: the image is what it would be without, and a manifest that refers to it is stored
   * too. `index`: in the index of the image.
   */
  readonly place: 'beside' | 'index'
  /**
   * As an OCI artifact that refers to the image; otherwise dressed as an image, which only an index
   * can lead to.
   */
  readonly artifact: boolean
  /** References of the image, which become the names of the subjects. */
  readonly names: readonly string[]
}

/**
 * Writes an attestation manifest for each platform with statements into the store, and returns
 * their descriptors.
 */
export async function attestPlatforms(
  platforms: readonly AssembledPlatform[],
  { statements: source, place, artifact, names }: AttestationForm,
  store: LayerStore,
): Promise<readonly Descriptor[]> {
  const attested = platforms.map(async (assembled): Promise<readonly Descriptor[]> => {
    const { target, manifest: image, layers } = assembled
    const statements = await source(target, layers)
    if (statements.length === 0) return []
    const subjects = listSubjects(names, assembled)
    const { manifest, blobs } = (artifact ? attestationArtifact : attestationImage)({ image, statements, subjects })
    for (const document of [...blobs, manifest]) await write(store, document)
    return [place === 'index' ? manifest.descriptor : toReferrer(manifest.descriptor)]
  })
  return (await Promise.all(attested)).flat()
}

/** Descriptor as in lists of referrers. */
function toReferrer({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size, artifactType: attestationArtifactType }
}

/** An image without a name is `_`: a statement needs a subject. */
function listSubjects(
  names: readonly string[],
  { manifest: { digest }, platform }: AssembledPlatform,
): readonly Subject[] {
  if (names.length === 0) return [{ name: '_', digest }]
  return names.map((name) => ({ name: imagePackageUrl('docker', name, platform), digest }))
}

async function write(store: LayerStore, { descriptor, bytes }: AttestationDocument): Promise<void> {
  await store.blobs.put(
    descriptor,
    (async function* () {
      yield bytes
    })(),
  )
}
