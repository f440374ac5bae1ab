import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { readManifest } from './read-manifest.ts'

const imageType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const digest = digestOf(Buffer.from('a'))
const other = digestOf(Buffer.from('b'), 'sha512')
const image = { schemaVersion: 2, config: { mediaType: 'application/x.config', digest, size: 1 }, layers: [] }

function read(document: unknown, type?: string): ReturnType<typeof readManifest> {
  return readManifest(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), type)
}

test('an image needs its config and layers, but not those that are published elsewhere', () => {
  const layers = [
    { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: other, size: 1 },
    {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest,
      size: 1,
      urls: ['https://x.example'],
    },
  ]
  const { references, artifactType, mediaType } = read({ ...image, layers }, imageType)
  expect(references.map((each) => each.digest)).toEqual([digest, other])
  expect([artifactType, mediaType]).toEqual(['application/x.config', imageType])
})

test('the Content-Type, the member mediaType or the members decide about the type', () => {
  expect(read(image, `${imageType}; charset=utf-8`).mediaType).toBe(imageType)
  expect(read({ ...image, mediaType: imageType }).mediaType).toBe(imageType)
  expect(read(image).mediaType).toBe(imageType)
  expect(read({ schemaVersion: 2, manifests: [] }).mediaType).toBe(indexType)
  expect(read({ ...image, mediaType: imageType }, 'application/json').mediaType).toBe(imageType)
})

test('subject, artifactType and annotations', () => {
  const document = { ...image, subject: { digest: other }, artifactType: 'application/x', annotations: { a: 'b' } }
  expect(read(document, imageType)).toMatchObject({
    subject: other,
    artifactType: 'application/x',
    annotations: { a: 'b' },
  })
  expect(read({ schemaVersion: 2, manifests: [] }, indexType)).not.toHaveProperty('artifactType')
})

test.for<[title: string, document: unknown, type?: string]>([
  ['no JSON', '{'],
  ['no object', '[]'],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d]).toString('latin1')],
  ['deep nesting', `${'['.repeat(100_000)}`],
  ['schema 1', { schemaVersion: 1, name: 'a' }, 'application/vnd.docker.distribution.manifest.v1+prettyjws'],
  ['another mediaType than its Content-Type', { ...image, mediaType: indexType }, imageType],
  ['an unknown type', image, 'text/plain'],
  ['no config', { schemaVersion: 2, layers: [] }, imageType],
  ['a config without digest', { ...image, config: {} }, imageType],
  ['layers that are no list', { ...image, layers: {} }, imageType],
  ['both image and index', { ...image, manifests: [] }, imageType],
  ['both index and image', { schemaVersion: 2, manifests: [], layers: [] }, indexType],
  ['a subject without digest', { ...image, subject: { digest: 'x' } }, imageType],
  ['annotations with a number', { ...image, annotations: { a: 1 } }, imageType],
  ['too many layers', { ...image, layers: Array.from({ length: 1001 }, () => ({ digest })) }, imageType],
])('%s is MANIFEST_INVALID', ([, document, type]) => {
  expect(() => read(document, type)).toThrow(expect.objectContaining({ code: 'MANIFEST_INVALID' }))
})
