import { expect, test } from 'vitest'
import { errorFrom } from './wire-error.ts'

test.each([
  ['45', '45 s'],
  ['119', '119 s'],
  ['121', '3 min'],
  ['3600', '60 min'],
])('Retry-After: %s is a hint that names the registry and says %s', async (value, wait) => {
  const response = {
    status: 429,
    url: new URL('https://registry.example/v2/app/manifests/1.0'),
    headers: new Headers({ 'retry-after': value }),
    body: (async function* () {})(),
  }
  expect(await errorFrom(response, 'resolve app')).toMatchObject({
    code: 'REGISTRY_TOO_MANY_REQUESTS',
    retryAfter: Number(value) * 1000,
    hint: `registry.example limits requests: try again in ${wait}`,
  })
})
