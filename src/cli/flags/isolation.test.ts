import { expect, test } from 'vitest'
import { chooseIsolation } from './isolation.ts'

test('the call counts before the environment, and "auto" is no rung', () => {
  expect(chooseIsolation({ isolation: 'chroot' }, { TSBUILD_ISOLATION: 'root' })).toBe('chroot')
  expect(chooseIsolation({}, { TSBUILD_ISOLATION: 'userns-single' })).toBe('userns-single')
  expect(chooseIsolation({ isolation: 'auto' }, { TSBUILD_ISOLATION: 'root' })).toBeUndefined()
  expect(chooseIsolation({}, { TSBUILD_ISOLATION: '' })).toBeUndefined()
})

test('a rung of the environment that does not exist is an error', () => {
  expect(() => chooseIsolation({}, { TSBUILD_ISOLATION: 'vm' })).toThrow(
    'invalid TSBUILD_ISOLATION "vm": expected one of auto, root, userns, userns-single, chroot',
  )
})
