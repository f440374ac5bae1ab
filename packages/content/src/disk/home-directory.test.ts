import { homedir, userInfo } from 'node:os'
import { afterEach, expect, test, vi } from 'vitest'
import { homeDirectory } from './home-directory.ts'

afterEach(() => vi.unstubAllEnvs())

test('HOME names the home directory', () => {
  expect(homeDirectory({ HOME: '/home/ann' })).toBe('/home/ann')
})

test('without HOME it is that of the process, then that of the user database', () => {
  expect(homeDirectory({})).toBe(homedir())
  vi.stubEnv('HOME', undefined)
  expect(homeDirectory({})).toBe(userInfo().homedir)
})

test('an empty HOME does not mean the current directory', () => {
  vi.stubEnv('HOME', '')
  expect(homeDirectory({ HOME: '' })).toBe(userInfo().homedir)
})
