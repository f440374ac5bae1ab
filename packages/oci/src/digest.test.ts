import { expect, test } from 'vitest'
import { digestOf, hexOf, isDigest, parseDigest } from './digest.ts'

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
