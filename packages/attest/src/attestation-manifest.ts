import { canonicalJson, type Descriptor, type Digest, digestOf, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { encodeStatement, type Statement, statementMediaType, type Subject } from './statement.ts'

/** Artifact type of a manifest that holds statements about an image, as BuildKit writes it. */
export const attestationArtifactType = 'application/vnd.docker.attestation.manifest.v1+json'

/** Bytes and what names them. */
export interface AttestationDocument {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** An attestation manifest and what it points at. */
export interface AttestationManifest {
  /** Descriptor for an index: with an unknown platform, and annotations that name its subject. */
  readonly manifest: AttestationDocument
  /** Config and statements, in the order of the manifest. */
  readonly blobs: readonly AttestationDocument[]
}

/** Parts of a manifest of statements. */
export interface AttestationContent {
  /** The manifest of one platform's image. */
  readonly image: Descriptor
  readonly statements: readonly Statement[]
  readonly subjects: readonly Subject[]
}

/**
 * Statements about an image as an artifact manifest whose `subject` the image is, so that
 * registries list it as a referrer (image-spec, manifest.md § Guidelines for Artifact Usage); the
 * layout is BuildKit's (docs/attestations/attestation-storage.md).
 */
export function attestationArtifact({ image, ...content }: AttestationContent): AttestationManifest {
  const { mediaType, digest, size } = image
  const config = document(mediaTypes.empty, Buffer.from('{}'))
  const statements = describeLayers(content)
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: attestationArtifactType,
    config: { ...config.descriptor, data: 'e30=' },
    layers: statements.map(({ descriptor }) => descriptor),
    subject: { mediaType, digest, size },
  })
  return { manifest: manifestAbout(image, bytes), blobs: [config, ...statements] }
}

/**
 * The same dressed as an image for `unknown/unknown`, for registries that refuse artifacts. Only an
 * index leads to it.
 */
export function attestationImage({ image, ...content }: AttestationContent): AttestationManifest {
  const statements = describeLayers(content)
  const layers = statements.map(({ descriptor }) => descriptor)
  const config = document(
    mediaTypes.ociConfig,
    Buffer.from(canonicalJson(imageConfig(layers.map(({ digest }) => digest)))),
  )
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: config.descriptor,
    layers,
  })
  return { manifest: manifestAbout(image, bytes), blobs: [config, ...statements] }
}

function manifestAbout({ digest }: Descriptor, bytes: Uint8Array): AttestationDocument {
  const made = document(mediaTypes.ociManifest, bytes)
  const annotations = { 'vnd.docker.reference.digest': digest, 'vnd.docker.reference.type': 'attestation-manifest' }
  return {
    bytes,
    descriptor: { ...made.descriptor, annotations, platform: { architecture: 'unknown', os: 'unknown' } },
  }
}

function describeLayers({ statements, subjects }: Omit<AttestationContent, 'image'>): readonly AttestationDocument[] {
  return statements.map((statement) => {
    const { descriptor, bytes } = document(statementMediaType, encodeStatement(statement, subjects))
    return {
      descriptor: { ...descriptor, annotations: { 'in-toto.io/predicate-type': statement.predicateType } },
      bytes,
    }
  })
}

function imageConfig(diffIds: readonly Digest[]): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>([
    ['architecture', 'unknown'],
    ['os', 'unknown'],
    ['config', {}],
    [
      'rootfs',
      new Map<string, unknown>([
        ['type', 'layers'],
        ['diff_ids', diffIds],
      ]),
    ],
  ])
}

function document(mediaType: string, bytes: Uint8Array): AttestationDocument {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes }
}
