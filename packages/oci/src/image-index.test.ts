import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { encodeIndex, type ImageIndex, parseIndex } from './image-index.ts'
import { mediaTypes } from './media-types.ts'

const image = {
  mediaType: mediaTypes.ociManifest,
  digest: digestOf('m'),
  size: 1,
  platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
}
const index: ImageIndex = {
  schemaVersion: 2,
  mediaType: mediaTypes.ociIndex,
  manifests: [image],
  annotations: { k: 'v' },
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

test('writes what it reads', () => {
  expect(parseIndex(encodeIndex(index))).toEqual(index)
})

test('a missing media type follows from the manifests', () => {
  const docker = { ...image, mediaType: mediaTypes.dockerManifest }
  expect(parseIndex(bytesOf({ schemaVersion: 2, manifests: [docker] })).mediaType).toBe(mediaTypes.dockerManifestList)
  expect(parseIndex(bytesOf({ schemaVersion: 2, manifests: [docker, image] })).mediaType).toBe(mediaTypes.ociIndex)
  expect(parseIndex(bytesOf({ schemaVersion: 2, manifests: [] })).mediaType).toBe(mediaTypes.ociIndex)
})

test.each<[string, unknown, string]>([
  ['no manifests', { ...index, manifests: undefined }, '"manifests"'],
  ['a manifest', { ...index, mediaType: mediaTypes.ociManifest }, '"mediaType"'],
  [
    'a bad platform',
    { ...index, manifests: [{ ...image, platform: { os: 'linux' } }] },
    '"manifests[0].platform.architecture"',
  ],
  ['10,001 manifests', { ...index, manifests: Array.from({ length: 10_001 }, () => ({})) }, 'at most 10000'],
])('refuses %s', (_, value, message) => {
  expect(() => parseIndex(bytesOf(value))).toThrow(
    expect.objectContaining({ code: 'INDEX_INVALID', message: expect.stringContaining(message) }),
  )
})

test.each(['config', 'layers'])('GHSA-77vh-xpmg-72qh: an index with "%s" is refused', (key) => {
  expect(() => parseIndex(bytesOf({ ...index, [key]: [] }))).toThrow(`"${key}"`)
})

test('what would be too large to read again is not written', () => {
  expect(() => encodeIndex({ ...index, manifests: Array.from({ length: 10_001 }, () => image) })).toThrow(
    '"manifests": 10001, at most 10000',
  )
})
