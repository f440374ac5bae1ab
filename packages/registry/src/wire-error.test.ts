import { expect, test } from 'vitest'
import { errorFrom } from './wire-error.ts'

interface Answer {
  readonly status: number
  readonly code?: string
  readonly message?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

function answer({
  status,
  code,
  message,
  path = 'manifests/1.0',
  headers = {},
}: Answer): Parameters<typeof errorFrom>[0] {
  const body = code === undefined ? '' : JSON.stringify({ errors: [{ code, message }] })
  return {
    status,
    url: new URL(`https://registry.example/v2/app/${path}`),
    headers: new Headers(headers),
    body: (async function* () {
      yield Buffer.from(body)
    })(),
  }
}

test.each([
  ['45', '45 s'],
  ['119', '119 s'],
  ['121', '3 min'],
  ['3600', '60 min'],
  ['21600', '6 h'],
])('Retry-After: %s is a hint that names the registry, and the end in %s', async (value, wait) => {
  expect(await errorFrom(answer({ status: 429, headers: { 'retry-after': value } }), 'resolve app')).toMatchObject({
    code: 'REGISTRY_TOO_MANY_REQUESTS',
    retryAfter: Number(value) * 1000,
    hint: expect.stringMatching(
      new RegExp(
        `^registry\\.example takes requests again in ${wait}, at (\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d UTC; a login may allow more$`,
      ),
    ),
  })
})

test('the limit of Docker Hub is in the hint', async () => {
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '0;w=21600' }
  expect(await errorFrom(answer({ status: 429, headers }), 'resolve app')).toMatchObject({
    hint: 'registry.example allows 100 requests in 6 h, of which 0 are left; a login may allow more',
    retryAfter: undefined,
  })
})

test('a reset is a number of seconds, or a time', async () => {
  const reset = async (value: number): Promise<number | undefined> =>
    (await errorFrom(answer({ status: 429, headers: { 'x-ratelimit-reset': String(value) } }), '')).retryAfter
  expect(await reset(30)).toBe(30_000)
  const later = Math.floor(Date.now() / 1000) + 600
  expect(await reset(later)).toBeGreaterThan(590_000)
  expect(await reset(later)).toBeLessThanOrEqual(600_000)
})

test.each<[Answer, string]>([
  [{ status: 403, code: 'DENIED', message: 'adding 1 GiB of storage resource exceeds the quota' }, 'REGISTRY_QUOTA'],
  [{ status: 507 }, 'REGISTRY_QUOTA'],
  [{ status: 413 }, 'REGISTRY_TOO_LARGE'],
  [{ status: 400, code: 'TAG_INVALID', message: "tag '1' cannot be overwritten" }, 'REGISTRY_TAG_IMMUTABLE'],
  [{ status: 412, code: 'PRECONDITION', message: 'configured as immutable' }, 'REGISTRY_TAG_IMMUTABLE'],
  [{ status: 412, code: 'X', message: 'immutable', path: 'blobs/uploads/1' }, 'REGISTRY_PROTOCOL'],
  [{ status: 403, code: 'DENIED', message: 'access denied' }, 'REGISTRY_DENIED'],
  [{ status: 400, code: 'MANIFEST_INVALID', message: 'no' }, 'REGISTRY_MANIFEST_INVALID'],
  [{ status: 503, code: 'UNAVAILABLE', message: 'quota service is down' }, 'REGISTRY_UNAVAILABLE'],
])('%j is %s', async (given, code) => {
  expect(await errorFrom(answer(given), 'push app')).toMatchObject({ code })
})
