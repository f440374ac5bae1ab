import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPlatform, hostPlatform, normalizePlatform, parsePlatform, type Platform } from './platform.ts'

const host: Platform = { os: 'linux', architecture: 'amd64' }

test.each([
  ['linux/x86_64', 'linux/amd64'],
  ['linux/x86-64', 'linux/amd64'],
  ['linux/amd64/v1', 'linux/amd64'],
  ['linux/amd64/v3', 'linux/amd64/v3'],
  ['linux/aarch64', 'linux/arm64'],
  ['linux/arm64/v8', 'linux/arm64'],
  ['linux/arm64/8', 'linux/arm64'],
  ['linux/arm64/v8.0', 'linux/arm64'],
  ['linux/arm64/9', 'linux/arm64/v9'],
  ['linux/arm64/v9.2', 'linux/arm64/v9.2'],
  ['linux/i386', 'linux/386'],
  ['linux/arm', 'linux/arm/v7'],
  ['linux/arm/7', 'linux/arm/v7'],
  ['linux/armhf', 'linux/arm/v7'],
  ['linux/armel', 'linux/arm/v6'],
  ['linux/arm/6', 'linux/arm/v6'],
  ['linux/arm/5', 'linux/arm/v5'],
  ['linux/arm/8', 'linux/arm/v8'],
  ['macos/arm64', 'darwin/arm64'],
  ['Linux/AMD64', 'linux/amd64'],
  ['linux/riscv64', 'linux/riscv64'],
  ['windows(10.0.20348.1)/amd64', 'windows(10.0.20348.1)/amd64'],
  ['windows(10.0.20348.1+win32k)/amd64', 'windows(10.0.20348.1+win32k)/amd64'],
  ['linux', 'linux/amd64'],
  ['arm64', 'linux/arm64'],
  ['armhf', 'linux/arm/v7'],
  ['aarch64', 'linux/arm64'],
  ['windows', 'windows/amd64'],
  ['macos', 'darwin/amd64'],
  ['local', 'linux/amd64'],
])('%s is %s', (text, canonical) => {
  expect(formatPlatform(parsePlatform(text, host))).toBe(canonical)
})

test.each([
  '',
  'x',
  '/',
  'linux/',
  '/amd64',
  'linux/amd64/v2/x',
  'linux/../x y',
  'windows(10/amd64',
  'windows(%zz)/amd64',
  'linux/a b',
])('refuses %j', (text) => {
  expect(() => parsePlatform(text, host)).toThrow(expect.objectContaining({ code: 'PLATFORM_INVALID' }))
})

test('an unknown word is refused in Docker’s words', () => {
  expect(() => parsePlatform('x', host)).toThrow('"x": unknown operating system or architecture')
})

test('the host is a platform people write', () => {
  expect(parsePlatform(formatPlatform(hostPlatform()))).toEqual(hostPlatform())
  expect(parsePlatform('local')).toEqual(hostPlatform())
})

test('normalising is idempotent, and format and parse are inverse', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/)
  const details = fc.string({ minLength: 1, maxLength: 10, unit: 'grapheme-ascii' })
  const platforms = fc.record(
    {
      os: fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
      architecture: fc.oneof(word, fc.constantFrom('arm', 'arm64', 'amd64', 'i386')),
      variant: fc.constantFrom('v1', 'v8', '7', 'v9.0'),
      'os.version': details,
      'os.features': fc.array(details, { minLength: 1, maxLength: 3 }),
    },
    { requiredKeys: ['os', 'architecture'] },
  )
  fc.assert(
    fc.property(platforms, (platform) => {
      const normal = normalizePlatform(platform)
      expect(normalizePlatform(normal)).toEqual(normal)
      expect(parsePlatform(formatPlatform(normal), host)).toEqual(normal)
    }),
  )
})
