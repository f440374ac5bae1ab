import { expect, test } from 'vitest'
import { compressionOf, isIndexType, isLayerType, isManifestType, mediaTypes } from './media-types.ts'

test('every type is of at most one kind', () => {
  for (const type of Object.values(mediaTypes)) {
    expect([isManifestType(type), isIndexType(type), isLayerType(type)].filter(Boolean).length).toBe(
      /config|image\.v1\+json|empty|toto/.test(type) ? 0 : 1,
    )
  }
})

test('the suffix tells the compression', () => {
  expect(compressionOf(mediaTypes.ociLayer)).toBe('none')
  expect(compressionOf(mediaTypes.ociLayerGzip)).toBe('gzip')
  expect(compressionOf(mediaTypes.dockerLayerGzip)).toBe('gzip')
  expect(compressionOf(mediaTypes.ociLayerZstd)).toBe('zstd')
  expect(compressionOf('application/x-gzip')).toBe('none')
})
