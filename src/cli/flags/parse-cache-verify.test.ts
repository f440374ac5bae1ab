import { expect, test } from 'vitest'
import { parseCacheVerify } from './parse-cache-verify.ts'

test.each([
  ['10%', { percent: 10 }],
  ['0.5', { percent: 0.5 }],
  ['100%,strict', { percent: 100, strict: true }],
  ['10%, strict=false, seed=ab-1', { percent: 10, strict: false, seed: 'ab-1' }],
  ['false', undefined],
])('%s', (text, verify) => {
  expect(parseCacheVerify('--cache-verify', text)).toEqual(verify)
})

test.each(['', '0%', '101%', '-1', '1e2', '10%,lax', '10%,seed', '10%,seed=', '10%,seed=a b', '10%,strict=2'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseCacheVerify('TSBUILD_CACHE_VERIFY', text)).toThrow(`invalid TSBUILD_CACHE_VERIFY "${text}"`)
  },
)
