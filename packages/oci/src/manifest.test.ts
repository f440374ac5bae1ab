import { expect, test } from 'vitest'
import type { Descriptor } from './descriptor.ts'
import { digestOf } from './digest.ts'
import { encodeManifest, type ImageManifest, parseManifest } from './manifest.ts'
import { mediaTypes } from './media-types.ts'

const config: Descriptor = { mediaType: mediaTypes.ociConfig, digest: digestOf('config'), size: 6 }
const layer: Descriptor = {
  mediaType: mediaTypes.ociLayerGzip,
  digest: digestOf('layer'),
  size: 5,
  annotations: { b: '<', a: '1' },
}
const manifest: ImageManifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] }

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

test('writes what it reads', () => {
  const full: ImageManifest = { ...manifest, artifactType: 'application/x', subject: config, annotations: { k: 'v' } }
  expect(parseManifest(encodeManifest(full))).toEqual(full)
})

test('is written as Go would', () => {
  expect(Buffer.from(encodeManifest(manifest)).toString()).toBe(`{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.image.config.v1+json",
    "digest": "${config.digest}",
    "size": 6
  },
  "layers": [
    {
      "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
      "digest": "${layer.digest}",
      "size": 5,
      "annotations": {
        "a": "1",
        "b": "\\u003c"
      }
    }
  ]
}`)
})

test('a missing media type follows from the config', () => {
  const { mediaType: _, ...bare } = manifest
  expect(parseManifest(bytesOf(bare)).mediaType).toBe(mediaTypes.ociManifest)
  const docker = { ...bare, config: { ...config, mediaType: mediaTypes.dockerConfig } }
  expect(parseManifest(bytesOf(docker)).mediaType).toBe(mediaTypes.dockerManifest)
})

test('layers may be the null of a Go program, but not missing', () => {
  expect(parseManifest(bytesOf({ ...manifest, layers: null })).layers).toEqual([])
  expect(() => parseManifest(bytesOf({ ...manifest, layers: undefined }))).toThrow('layers')
})

test.each<[string, Uint8Array, string]>([
  ['no JSON', Buffer.from('{'), 'not JSON'],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not JSON'],
  ['more than 4 MiB', Buffer.alloc(4 * 1024 * 1024 + 1, 0x20), 'too large'],
  ['deep nesting', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), 'nested'],
  ['schema 1', bytesOf({ schemaVersion: 1 }), 'schemaVersion'],
  ['an index', bytesOf({ ...manifest, mediaType: mediaTypes.ociIndex }), 'mediaType'],
  ['a bad size', bytesOf({ ...manifest, layers: [layer, layer, layer, { ...layer, size: -1 }] }), 'layers[3].size'],
  ['1001 layers', bytesOf({ ...manifest, layers: Array.from({ length: 1001 }, () => layer) }), 'at most 1000'],
])('refuses %s', (_, bytes, message) => {
  expect(() => parseManifest(bytes)).toThrow(
    expect.objectContaining({ code: 'MANIFEST_INVALID', message: expect.stringContaining(message) }),
  )
})

test('GHSA-77vh-xpmg-72qh: a manifest that is an index too is refused', () => {
  expect(() => parseManifest(bytesOf({ ...manifest, manifests: [] }))).toThrow('"manifests"')
})

test('what would be too large to read again is not written', () => {
  const layers = (length: number): ImageManifest => ({ ...manifest, layers: Array.from({ length }, () => layer) })
  expect(parseManifest(encodeManifest(layers(1000))).layers).toHaveLength(1000)
  const many = { code: 'MANIFEST_INVALID', message: 'too many entries in "layers": 1001, at most 1000' }
  expect(() => encodeManifest(layers(1001))).toThrow(expect.objectContaining(many))
  const large = { ...manifest, annotations: { k: 'x'.repeat(4 << 20) } }
  expect(() => encodeManifest(large)).toThrow(/^document too large: \d+ bytes, at most 4194304$/)
})
