import { expect, test } from 'vitest'
import { parseDescriptor } from './descriptor.ts'
import { digestOf } from './digest.ts'
import { mediaTypes } from './media-types.ts'

const good = { mediaType: mediaTypes.ociLayerGzip, digest: digestOf('x'), size: 1 }

test('reads a full descriptor and normalises its platform', () => {
  const full = {
    ...good,
    platform: { os: 'linux', architecture: 'aarch64', variant: 'v8', 'os.features': [] },
    artifactType: 'application/x',
    annotations: { a: 'b' },
    urls: ['https://example.test/x'],
    data: Buffer.from('x').toString('base64'),
  }
  expect(parseDescriptor({ ...full, unknown: 1 })).toEqual({
    ...full,
    platform: { os: 'linux', architecture: 'arm64' },
  })
})

test('null means absent', () => {
  expect(parseDescriptor({ ...good, annotations: null, urls: null, platform: null })).toEqual(good)
})

test.each<[string, unknown, string]>([
  ['a list', [], 'document'],
  ['nothing', null, 'document'],
  ['no size', { ...good, size: undefined }, 'size'],
  ['a negative size', { ...good, size: -1 }, 'size'],
  ['half a byte', { ...good, size: 0.5 }, 'size'],
  ['a size beyond exact numbers', { ...good, size: 2 ** 53 }, 'size'],
  ['a size in words', { ...good, size: '1' }, 'size'],
  ['a path as digest', { ...good, digest: 'sha256:../../etc/passwd' }, 'digest'],
  ['a media type with a line break', { ...good, mediaType: 'a/b\r\nX: y' }, 'mediaType'],
  ['data of another content', { ...good, data: Buffer.from('y').toString('base64') }, 'data'],
  ['data of another length', { ...good, data: '' }, 'data'],
  ['a number as annotation', { ...good, annotations: { k: 1 } }, 'annotations["k"]'],
  ['a platform that climbs', { ...good, platform: { os: '../..', architecture: 'amd64' } }, 'platform.os'],
  ['a url that is none', { ...good, urls: ['a', 2] }, 'urls[1]'],
])('refuses %s', (_, value, place) => {
  expect(() => parseDescriptor(value)).toThrow(
    expect.objectContaining({ code: 'DESCRIPTOR_INVALID', message: expect.stringContaining(place) }),
  )
})

test('a member named __proto__ is only a member', () => {
  const hostile: unknown = JSON.parse(
    `{"mediaType":"a/b","digest":"${good.digest}","size":1,"annotations":{"__proto__":"x"}}`,
  )
  expect(Object.keys(parseDescriptor(hostile).annotations ?? {})).toEqual(['__proto__'])
})
