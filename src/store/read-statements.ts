import { attestationArtifactType, statementMediaType } from '@tsbuild/attest'
import { type ContentSource, fetchAll, type Referrers } from '@tsbuild/content'
import { type Descriptor, parseManifest } from '@tsbuild/oci'

/** A statement that is attached to an image, such as its provenance. */
export interface AttachedStatement {
  /** URI that says how to read the predicate. */
  readonly predicateType: string
  /** A JSON value. */
  readonly predicate: unknown
}

/** Bytes of a statement: a bill of materials names each file of a large image. */
const maximumStatement = 64 << 20
/** Manifests with statements that are read for an image. */
const maximumManifests = 20

/**
 * Statements about an image: those of its index (`siblings`), as BuildKit attaches them, else those
 * of its referrers.
 */
export async function readStatements(
  image: Descriptor,
  siblings: readonly Descriptor[],
  repository: ContentSource & Referrers,
): Promise<readonly AttachedStatement[]> {
  const inline = siblings.filter(
    ({ annotations = {} }) =>
      annotations['vnd.docker.reference.type'] === 'attestation-manifest' &&
      annotations['vnd.docker.reference.digest'] === image.digest,
  )
  const manifests = inline.length > 0 ? inline : await findReferrers(image, repository)
  const found: AttachedStatement[] = []
  for (const manifest of manifests.slice(0, maximumManifests))
    for (const layer of parseManifest(await fetchAll(repository, manifest)).layers)
      if (layer.mediaType === statementMediaType) found.push(...(await readStatement(layer, repository)))
  return found
}

async function findReferrers(image: Descriptor, repository: Referrers): Promise<readonly Descriptor[]> {
  const referrers = await repository.referrers(image.digest)
  return referrers.filter(({ artifactType }) => artifactType === attestationArtifactType)
}

/** None for a document that is no statement: others may write it. */
async function readStatement(layer: Descriptor, repository: ContentSource): Promise<readonly AttachedStatement[]> {
  const text = Buffer.from(await fetchAll(repository, layer, maximumStatement)).toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof value !== 'object' || value === null || !('predicateType' in value) || !('predicate' in value)) return []
  const { predicateType, predicate } = value
  return typeof predicateType === 'string' ? [{ predicateType, predicate }] : []
}
