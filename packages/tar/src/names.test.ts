import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeName, encodeName } from './names.ts'

test('decoding keeps every byte', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => encodeName(decodeName(bytes)).equals(bytes)))
})

test('UTF-8 reads as text, a byte order mark included', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeName(Buffer.from(text)) === text))
  expect(decodeName(Buffer.from('\ufeffa'))).toBe('\ufeffa')
})
