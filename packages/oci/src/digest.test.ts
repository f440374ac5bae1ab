import { expect, test } from 'vitest'
import { algorithmOf, digestOf, digestOfHex, hasDigest, hexOf, isDigest, parseDigest } from './digest.ts'

const empty = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

test('the digest of nothing is the well-known one', () => {
  expect(digestOf('')).toBe(empty)
  expect(parseDigest(empty)).toBe(empty)
  expect(hexOf(parseDigest(empty))).toBe(empty.slice(7))
})

test.each([
  '',
  'sha256:',
  empty.toUpperCase(),
  `${empty}0`,
  empty.slice(0, -1),
  `${empty}\n`,
  empty.replace('sha256', 'sha512'),
  `sha256:${'../'.repeat(21)}a`,
])('refuses %j', (text) => {
  expect(isDigest(text)).toBe(false)
  expect(() => parseDigest(text)).toThrow(expect.objectContaining({ code: 'DIGEST_INVALID' }))
})

test('reads sha512, and tells the algorithms apart', () => {
  const digest = digestOf('abc', 'sha512')
  // FIPS 180-4, example of SHA-512.
  expect(digest).toBe(
    'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  )
  expect([isDigest(digest), algorithmOf(digest), digestOfHex(hexOf(digest))]).toEqual([true, 'sha512', digest])
  expect(digestOfHex(hexOf(digestOf('abc')))).toBe(digestOf('abc'))
  expect([hasDigest('abc', digest), hasDigest('abd', digest)]).toEqual([true, false])
  for (const text of [digest.slice(0, -1), digest.replace('512', '256'), digest.replace('512', '384'), 'sha512:'])
    expect(isDigest(text)).toBe(false)
})
