import { expect, test } from 'vitest'
import { RegistryError } from './errors.ts'

test('messages hold no secrets of URLs', () => {
  const error = new RegistryError(
    'REGISTRY_PROTOCOL',
    'at https://ann:pw@r.example/v2/?token=abc&x=1#frag and HTTP://b.example/?sig=1: no',
  )
  expect(error.message).toBe('at https://r.example/v2/?… and http://b.example/?… no')
})

test('an unreadable URL is left out altogether', () => {
  expect(new RegistryError('REGISTRY_PROTOCOL', 'at https://[secret').message).toBe('at https://…')
})

test('keeps everything when the operation is added', () => {
  const cause = new Error('inner')
  const errors = [{ code: 'DENIED', message: 'no' }]
  const error = new RegistryError('REGISTRY_DENIED', '403', {
    cause,
    errors,
    status: 403,
    hint: 'h',
    temporary: true,
  }).during('push to r/app', 'r')
  expect(error).toMatchObject({
    code: 'REGISTRY_DENIED',
    message: 'push to r/app: 403',
    registry: 'r',
    cause,
    errors,
    status: 403,
    hint: 'h',
    temporary: true,
  })
})
