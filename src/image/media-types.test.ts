import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { documentTypes, layerOfFamily } from './media-types.ts'

test('documents have the names of their family', () => {
  expect(documentTypes('oci')).toEqual({
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    index: 'application/vnd.oci.image.index.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
  })
  expect(documentTypes('docker')).toEqual({
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
  })
})

test('a layer changes its name with the family and keeps its compression; what only the store knows goes', () => {
  const blob = { digest: digestOf('x'), size: 1 }
  const { ociLayer, ociLayerGzip, ociLayerZstd, dockerLayer, dockerLayerGzip } = mediaTypes
  const renamed = (mediaType: string, family: 'oci' | 'docker') => layerOfFamily({ ...blob, mediaType, annotations: { a: 'b' } }, family)
  for (const [oci, docker] of [
    [ociLayer, dockerLayer],
    [ociLayerGzip, dockerLayerGzip],
  ] as const) {
    expect(renamed(oci, 'docker')).toEqual({ ...blob, mediaType: docker })
    expect(renamed(docker, 'oci')).toEqual({ ...blob, mediaType: oci })
    expect(renamed(docker, 'docker')).toEqual({ ...blob, mediaType: docker })
  }
  expect(renamed(ociLayerZstd, 'docker').mediaType).toBe(ociLayerZstd)
})
