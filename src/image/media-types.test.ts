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
  const { ociLayer, ociLayerGzip, ociLayerZstd, dockerLayer, dockerLayerGzip, dockerLayerZstd } = mediaTypes
  const renamed = (mediaType: string, family: 'oci' | 'docker') =>
    layerOfFamily({ ...blob, mediaType, annotations: { a: 'b' } }, { family, keepForeign: true })
  for (const [oci, docker] of [
    [ociLayer, dockerLayer],
    [ociLayerGzip, dockerLayerGzip],
    [ociLayerZstd, dockerLayerZstd],
  ] as const) {
    expect(renamed(oci, 'docker')).toEqual({ ...blob, mediaType: docker })
    expect(renamed(docker, 'oci')).toEqual({ ...blob, mediaType: oci })
    expect(renamed(docker, 'docker')).toEqual({ ...blob, mediaType: docker })
  }
})

test('a layer that is to be had elsewhere becomes one like others, or stays so where it says where', () => {
  const blob = { digest: digestOf('x'), size: 1 }
  const urls = ['https://layers.example/1']
  const {
    ociLayerGzip,
    ociForeignLayerGzip,
    dockerForeignLayer,
    dockerForeignLayerGzip,
    ociForeignLayer,
    dockerLayer,
  } = mediaTypes
  const foreign = { ...blob, mediaType: dockerForeignLayerGzip, urls }
  expect(layerOfFamily(foreign, { family: 'oci', keepForeign: false })).toEqual({ ...blob, mediaType: ociLayerGzip })
  expect(layerOfFamily(foreign, { family: 'oci', keepForeign: true })).toEqual({
    ...blob,
    mediaType: ociForeignLayerGzip,
    urls,
  })
  expect(layerOfFamily(foreign, { family: 'docker', keepForeign: true })).toEqual(foreign)
  const plain = { ...blob, mediaType: ociForeignLayer }
  expect(layerOfFamily({ ...plain, urls }, { family: 'docker', keepForeign: true }).mediaType).toBe(dockerForeignLayer)
  expect(layerOfFamily(plain, { family: 'docker', keepForeign: true })).toEqual({ ...blob, mediaType: dockerLayer })
})

test('how a blob is laid out is still said, unless to Docker', () => {
  const annotations = {
    'containerd.io/snapshot/stargz/toc.digest': digestOf('toc'),
    'io.containers.estargz.uncompressed-size': '9',
  }
  const layer = {
    digest: digestOf('x'),
    size: 1,
    mediaType: mediaTypes.ociLayerGzip,
    annotations: { ...annotations, 'tsbuild.level': '3' },
  }
  expect(layerOfFamily(layer, { family: 'oci', keepForeign: false }).annotations).toEqual(annotations)
  expect(layerOfFamily(layer, { family: 'docker', keepForeign: false }).annotations).toBeUndefined()
})
