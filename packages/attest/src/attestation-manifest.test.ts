import { type Descriptor, digestOf, hexOf, mediaTypes, parseManifest } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { type AttestationManifest, attestationArtifact, attestationImage } from './attestation-manifest.ts'

const platform = { os: 'linux', architecture: 'amd64' }
const image: Descriptor = {
  mediaType: mediaTypes.ociManifest,
  digest: digestOf(Buffer.from('image')),
  size: 5,
  platform,
}
const statements = ['https://spdx.dev/Document', 'https://slsa.dev/provenance/v1'].map((predicateType) => ({
  predicateType,
  predicate: { of: predicateType },
  filename: 'x.json',
}))
const content = { image, statements, subjects: [{ name: 'pkg:docker/app@1', digest: image.digest }] }
const types = statements.map(({ predicateType }) => ({ 'in-toto.io/predicate-type': predicateType }))

function expectWhole({ manifest, blobs }: AttestationManifest): void {
  for (const { descriptor, bytes } of [manifest, ...blobs]) {
    expect([descriptor.digest, descriptor.size]).toEqual([digestOf(bytes), bytes.length])
  }
  const { config, layers } = parseManifest(manifest.bytes)
  expect(blobs.map(({ descriptor: { digest, size } }) => [digest, size])).toEqual(
    [config, ...layers].map(({ digest, size }) => [digest, size]),
  )
  expect(manifest.descriptor).toMatchObject({
    mediaType: mediaTypes.ociManifest,
    annotations: { 'vnd.docker.reference.digest': image.digest, 'vnd.docker.reference.type': 'attestation-manifest' },
    platform: { architecture: 'unknown', os: 'unknown' },
  })
}

test('an artifact refers to the image and has the empty config', () => {
  const made = attestationArtifact(content)
  expectWhole(made)
  const { artifactType, config, subject, layers } = parseManifest(made.manifest.bytes)
  expect(artifactType).toBe('application/vnd.docker.attestation.manifest.v1+json')
  expect(config).toEqual({
    mediaType: 'application/vnd.oci.empty.v1+json',
    digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
    size: 2,
    data: 'e30=',
  })
  expect(subject).toEqual({ mediaType: image.mediaType, digest: image.digest, size: 5 })
  expect(layers.map(({ mediaType }) => mediaType)).toEqual([mediaTypes.inToto, mediaTypes.inToto])
  expect(layers.map(({ annotations }) => annotations)).toEqual(types)
  expect(JSON.parse(Buffer.from(made.blobs[1]?.bytes ?? []).toString())).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://spdx.dev/Document',
    subject: [{ name: 'pkg:docker/app@1', digest: { sha256: hexOf(image.digest) } }],
    predicate: { of: 'https://spdx.dev/Document' },
  })
})

test('an image refers to nothing and has a config whose diff ids are the statements', () => {
  const made = attestationImage(content)
  expectWhole(made)
  const manifest = parseManifest(made.manifest.bytes)
  expect([manifest.artifactType, manifest.subject, manifest.config.mediaType]).toEqual([
    undefined,
    undefined,
    mediaTypes.ociConfig,
  ])
  const digests = manifest.layers.map(({ digest }) => digest)
  // Byte for byte what BuildKit writes.
  expect(Buffer.from(made.blobs[0]?.bytes ?? []).toString()).toBe(
    `{"architecture":"unknown","os":"unknown","config":{},"rootfs":{"type":"layers","diff_ids":${JSON.stringify(digests)}}}`,
  )
})
