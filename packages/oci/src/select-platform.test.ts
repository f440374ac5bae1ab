import { expect, test } from 'vitest'
import { parsePlatform } from './platform.ts'
import { selectPlatform } from './select-platform.ts'

const host = { os: 'linux', architecture: 'amd64' }

/** The selected candidate, as text. */
function choose(wanted: string, candidates: readonly string[]): string | undefined {
  const platforms = candidates.map((text) => ({ platform: parsePlatform(text, host) }))
  const index = selectPlatform(platforms, parsePlatform(wanted, host))
  return index === undefined ? undefined : candidates[index]
}

test.each<[string, string[]]>([
  ['linux/amd64/v3', ['linux/amd64/v3', 'linux/amd64/v2', 'linux/amd64', 'linux/386']],
  ['linux/amd64', ['linux/amd64', 'linux/386']],
  ['linux/arm64', ['linux/arm64', 'linux/arm/v8', 'linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  [
    'linux/arm64/v9.1',
    [
      'linux/arm64/v9.1',
      'linux/arm64/v9',
      'linux/arm64/v8.6',
      'linux/arm64/v8.1',
      'linux/arm64',
      'linux/arm/v8',
      'linux/arm/v5',
    ],
  ],
  ['linux/arm64/v8.1', ['linux/arm64/v8.1', 'linux/arm64', 'linux/arm/v7']],
  ['linux/arm/v7', ['linux/arm/v7', 'linux/arm/v6', 'linux/arm/v5']],
  ['linux/s390x', ['linux/s390x']],
])('%s takes the best of what is left', (wanted, best) => {
  const useless = ['windows/amd64', 'linux/ppc64le', 'linux/amd64/v4', 'linux/arm64/v9.5']
  for (let from = 0; from < best.length; from++)
    expect(choose(wanted, [...useless, ...best.slice(from).toReversed()])).toBe(best[from])
  expect(choose(wanted, useless)).toBeUndefined()
})

test('the first of equals wins, and candidates without a platform come last', () => {
  expect(selectPlatform([{}, { platform: host }, { platform: host }], host)).toBe(1)
  expect(selectPlatform([{ platform: { os: 'unknown', architecture: 'unknown' } }, {}], host)).toBe(1)
  expect(selectPlatform([], host)).toBeUndefined()
})

test('windows takes its own build, newest revision first, or an older one since Server 2022', () => {
  const server = ['windows(10.0.17763.1)/amd64', 'windows(10.0.20348.5)/amd64', 'windows(10.0.20348.40)/amd64']
  expect(choose('windows(10.0.20348.1)/amd64', server)).toBe('windows(10.0.20348.40)/amd64')
  expect(choose('windows(10.0.26100.1)/amd64', server)).toBe('windows(10.0.20348.40)/amd64')
  expect(choose('windows(10.0.17763.9)/amd64', server)).toBe('windows(10.0.17763.1)/amd64')
  expect(choose('windows(10.0.14393.9)/amd64', server)).toBeUndefined()
})

test('features of the system are mandatory, and the closest match wins', () => {
  const images = ['linux(+a+b)/amd64', 'linux(+a)/amd64', 'linux/amd64']
  expect(choose('linux/amd64', images)).toBe('linux/amd64')
  expect(choose('linux(+a)/amd64', images)).toBe('linux(+a)/amd64')
  expect(choose('linux(+b+a+c)/amd64', images)).toBe('linux(+a+b)/amd64')
  expect(choose('linux/amd64', images.slice(0, 2))).toBeUndefined()
  const windows = ['windows(10.0.20348.5+win32k)/amd64', 'windows(10.0.20348.5+other)/amd64']
  expect(choose('windows/amd64', windows)).toBe(windows[0])
  expect(choose('windows(+other)/amd64', windows)).toBe(windows[1])
})

test('a hostile variant costs nothing', () => {
  expect(choose('linux/amd64/v999999999', ['linux/amd64'])).toBe('linux/amd64')
})
