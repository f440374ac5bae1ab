import { expect, test } from 'vitest'
import { parseOrigin } from './layer-record.ts'

const descriptor = { mediaType: 'application/x', digest: `sha256:${'a'.repeat(64)}`, size: 1 }

test.each([
  { place: { reference: 'r.example/base:1' } },
  { place: { layout: '/images/base' } },
  { place: { reference: 'oci-layout:/images/base' }, read: { layout: '/images/base' } },
])('the origin $place is read', ({ place, read = place }) => {
  expect(parseOrigin({ ...place, descriptor })).toEqual({ ...read, descriptor })
})

test.each([undefined, {}, { reference: 1, descriptor }, { layout: 1, descriptor }, { reference: 'a', descriptor: {} }])(
  'an origin that is not one is refused: %j',
  (value) => {
    expect(() => parseOrigin(value)).toThrow(Error)
  },
)
