import { expect, test } from 'vitest'
import { RegistryError } from './errors.ts'
import { findRegistryError, summarize } from './summarize.ts'

const registry = 'r.example'

test.each([
  [new RegistryError('REGISTRY_UNREACHABLE', 'x', { registry }), 'r.example did not answer'],
  [
    new RegistryError('REGISTRY_UNREACHABLE', 'x', {
      registry,
      cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }),
    }),
    'cannot find the host r.example',
  ],
  [new RegistryError('REGISTRY_PROTOCOL', 'x', { registry }), 'r.example did not answer as a registry does'],
  [new RegistryError('REGISTRY_PROTOCOL', 'x', { registry, status: 400 }), 'r.example refused the request'],
  [new RegistryError('REGISTRY_BLOCKED', 'r.example is blocked', { registry }), 'r.example is blocked'],
  [new RegistryError('REGISTRY_TIMEOUT', 'x'), 'the server did not answer in time'],
])('%s: %s', (error, summary) => {
  expect(summarize(error)).toBe(summary)
})

test('attempts are in the message once, the operation before it', () => {
  const error = new RegistryError('REGISTRY_UNAVAILABLE', '503', { registry }).tried(5).tried(1)
  expect(error.tried(1).during('push app', registry).message).toBe('push app: 503 (5 attempts)')
  expect(new RegistryError('REGISTRY_UNAVAILABLE', '503').tried(1).message).toBe('503')
})

test('the failure of a registry is found behind others, also in a ring', () => {
  const refusal = new RegistryError('REGISTRY_DENIED', 'x')
  expect(findRegistryError(new Error('outer', { cause: refusal }))).toBe(refusal)
  const ring = new Error('ring')
  ring.cause = ring
  expect(findRegistryError(ring)).toBeUndefined()
})
