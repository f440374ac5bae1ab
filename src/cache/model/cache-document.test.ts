import { digestOf, type Digest } from '@tsbuild/oci'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CacheDocument, cacheLimits, decodeCache, encodeCache } from './cache-document.ts'

const digest: fc.Arbitrary<Digest> = fc.string().map((text) => digestOf(text))
const blob = fc.record({
  mediaType: fc.constantFrom(
    'application/vnd.oci.image.layer.v1.tar+gzip',
    'application/vnd.oci.image.layer.v1.tar+zstd',
  ),
  digest,
  size: fc.nat(),
})
const layer = fc.record(
  { id: digest, diffId: digest, created: fc.constant('2026-01-02T03:04:05Z'), base: fc.constant(true as const), blob },
  { requiredKeys: ['id', 'diffId'] },
)
const document: fc.Arbitrary<CacheDocument> = fc.array(layer, { minLength: 1, maxLength: 8 }).chain((layers) =>
  fc
    .array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 8 })
    .map((pairs) =>
      pairs.map(([below, at], index): readonly [number, number] => [(below % (index + 1)) - 1, at % layers.length]),
    )
    .chain((snapshots) =>
      fc
        .array(
          fc.record(
            { key: digest, content: digest, snapshot: fc.integer({ min: -1, max: snapshots.length - 1 }) },
            { requiredKeys: ['key', 'snapshot'] },
          ),
          { maxLength: 8 },
        )
        .map((records) => ({ layers, snapshots, records })),
    ),
)

test('a document is read as it was written, signed or not', () => {
  fc.assert(
    fc.property(document, fc.uint8Array({ minLength: 1 }), (written, key) => {
      expect(decodeCache(encodeCache(written))).toEqual(written)
      expect(decodeCache(encodeCache(written, key), key)).toEqual(written)
      expect(decodeCache(encodeCache(written, key))).toEqual(written)
    }),
  )
})

test('with a key, a document that was changed or signed by others is refused', () => {
  const key = Buffer.from('key')
  fc.assert(
    fc.property(document, fc.nat(), (written, place) => {
      const text = encodeCache(written, key)
      const at = place % text.length
      const changed = `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
      expect(() => decodeCache(changed, key)).toThrow('not signed')
    }),
  )
  const text = encodeCache({ layers: [], snapshots: [], records: [] })
  expect(() => decodeCache(text, key)).toThrow('not signed')
  expect(() => decodeCache(encodeCache({ layers: [], snapshots: [], records: [] }, Buffer.from('other')), key)).toThrow(
    'not signed',
  )
})

test('any JSON is a document or refused', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(() => decodeCache(text)).toThrow()
    }),
  )
})

test('what is written can be read: both have the same bounds', () => {
  const records = Array.from({ length: cacheLimits.records + 1 }, () => ({ key: digestOf('key'), snapshot: -1 }))
  expect(() => encodeCache({ layers: [], snapshots: [], records })).toThrow(RangeError)
})

test('a blob is a layer, and a snapshot stands on earlier ones', () => {
  const [id, diffId] = [digestOf('a'), digestOf('b')]
  const read = (members: object): unknown =>
    decodeCache(JSON.stringify({ version: 1, layers: [], snapshots: [], records: [], ...members }))
  const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar'
  for (const mediaType of ['application/json', foreign])
    expect(() => read({ layers: [{ id, diffId, blob: { mediaType, digest: id, size: 1 } }] })).toThrow('not a layer')
  expect(() => read({ layers: [{ id, diffId }], snapshots: [[0, 0]] })).toThrow('out of range')
  expect(() => read({ layers: [{ id, diffId }], snapshots: [[-1, 0.5]] })).toThrow('out of range')
  expect(() => read({ records: [{ key: id, snapshot: 0 }] })).toThrow('out of range')
})
