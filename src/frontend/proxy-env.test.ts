import { expect, test } from 'vitest'
import { proxyEnv } from './proxy-env.ts'

test('113: proxies exist in both spellings, other variables are left out', () => {
  expect(proxyEnv({ HTTP_PROXY: 'a', no_proxy: 'b', FTP_PROXY: '', A: '1' })).toEqual([
    ['HTTP_PROXY', 'a'],
    ['http_proxy', 'a'],
    ['NO_PROXY', 'b'],
    ['no_proxy', 'b'],
  ])
})

test('113: spellings that differ stay different', () => {
  expect(new Map(proxyEnv({ https_proxy: 'lower', HTTPS_PROXY: 'upper' }))).toEqual(
    new Map([
      ['HTTPS_PROXY', 'upper'],
      ['https_proxy', 'lower'],
    ]),
  )
})
