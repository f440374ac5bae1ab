import { expect, test } from 'vitest'
import { parseBuildArgs } from './parse-build-arg.ts'

const nothing = { env: {}, dockerConfig: {} }

test('splits at the first "=", keeps empty values, the last one wins', () => {
  expect(parseBuildArgs(['A=1', 'B=x=y', 'C=', 'A=2'], nothing)).toEqual({ A: '2', B: 'x=y', C: '' })
})

test('a bare name is taken from the environment, or dropped', () => {
  expect(parseBuildArgs(['A', 'B'], { ...nothing, env: { A: 'from env' } })).toEqual({ A: 'from env' })
})

test('a name is a must', () => {
  expect(() => parseBuildArgs(['=x'], nothing)).toThrow(/--build-arg/)
})

test('SOURCE_DATE_EPOCH comes along unless empty or given', () => {
  expect(parseBuildArgs([], { ...nothing, env: { SOURCE_DATE_EPOCH: '0', OTHER: 'x' } })).toEqual({
    SOURCE_DATE_EPOCH: '0',
  })
  expect(parseBuildArgs([], { ...nothing, env: { SOURCE_DATE_EPOCH: '' } })).toEqual({})
  expect(parseBuildArgs(['SOURCE_DATE_EPOCH=1'], { ...nothing, env: { SOURCE_DATE_EPOCH: '0' } })).toEqual({
    SOURCE_DATE_EPOCH: '1',
  })
})

test("proxies come from docker's config, else from the environment, unless given in any case", () => {
  const ambience = {
    env: { http_proxy: 'http://env', NO_PROXY: 'localhost' },
    dockerConfig: { proxies: { default: { httpProxy: 'http://config', httpsProxy: 7 } } },
  }
  expect(parseBuildArgs([], ambience)).toEqual({
    HTTP_PROXY: 'http://config',
    http_proxy: 'http://config',
    NO_PROXY: 'localhost',
  })
  expect(parseBuildArgs(['http_proxy=', 'no_proxy=x'], ambience)).toEqual({ http_proxy: '', no_proxy: 'x' })
})
