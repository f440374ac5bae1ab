import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { encodeImageConfig } from './encode-image-config.ts'
import type { ImageConfig } from './image-config.ts'
import { parseImageConfig } from './parse-image-config.ts'

const minimal: ImageConfig = {
  os: 'linux',
  architecture: 'amd64',
  rootfs: { type: 'layers', diff_ids: [digestOf('layer')] },
}

function parse(value: unknown): ImageConfig {
  return parseImageConfig(Buffer.from(JSON.stringify(value)))
}

function encode(config: ImageConfig): string {
  return Buffer.from(encodeImageConfig(config)).toString()
}

test('writes what it reads, with everything set', () => {
  const full: ImageConfig = {
    ...minimal,
    variant: 'v3',
    'os.version': '1',
    'os.features': ['f'],
    created: '2024-01-02T03:04:05.123456789+01:00',
    author: 'me',
    config: {
      User: 'u:g',
      ExposedPorts: { '80/tcp': {} },
      Env: ['B=1', 'A=2'],
      Entrypoint: ['/e'],
      Cmd: ['c'],
      Volumes: { '/v': {} },
      WorkingDir: '/w',
      Labels: { z: '1', a: '2' },
      StopSignal: 'SIGTERM',
      ArgsEscaped: true,
      Healthcheck: { Test: ['CMD', 'x'], Interval: 1, Timeout: 2, StartPeriod: 3, StartInterval: 4, Retries: 5 },
      OnBuild: ['RUN x'],
      Shell: ['/bin/sh', '-c'],
    },
    history: [
      { created: '2024-01-02T03:04:05Z', created_by: 'RUN x', author: 'me', comment: 'c' },
      { empty_layer: true },
    ],
    extra: { 'moby.buildkit.cache.v0': 'e30=', container_config: { Deep: [1, { x: null }] } },
  }
  expect(parseImageConfig(encodeImageConfig(full))).toEqual(full)
})

test('members are where Go puts them', () => {
  const config: ImageConfig = {
    ...minimal,
    config: { Labels: { b: '<', a: '' }, Env: ['P=1'], Cmd: [] },
    created: '2024-01-02T03:04:05.500Z',
    history: [{ comment: 'c', created: '1970-01-01T00:00:00.000Z', created_by: 'x' }],
    extra: { zz: 1, docker_version: '20' },
  }
  expect(encode(config)).toBe(
    '{"architecture":"amd64","config":{"Env":["P=1"],"Labels":{"a":"","b":"\\u003c"}},"created":"2024-01-02T03:04:05.5Z",' +
      '"docker_version":"20","history":[{"created":"1970-01-01T00:00:00Z","created_by":"x","comment":"c"}],"os":"linux",' +
      `"rootfs":{"type":"layers","diff_ids":["${digestOf('layer')}"]},"zz":1}`,
  )
})

test('unknown members survive a change of the known ones', () => {
  const base = parse({
    ...minimal,
    id: 'x',
    config: { Hostname: 'h', AttachStdin: false, Tty: null, Env: ['A=1'], Memory: 0 },
  })
  const changed = { ...base, config: { ...base.config, Env: ['A=2'] } }
  expect(JSON.parse(encode(changed))).toEqual({
    ...minimal,
    id: 'x',
    config: { Env: ['A=2'], AttachStdin: false, Hostname: 'h', Memory: 0, Tty: null },
  })
})

test('extra cannot replace a field', () => {
  expect(encode({ ...minimal, extra: { os: 'plan9', config: {} } })).toBe(encode(minimal))
})

test('the nulls of Go programs are absent', () => {
  const { config, history, ...rest } = parse({
    ...minimal,
    config: { Cmd: null, Volumes: null, OnBuild: null, Labels: null },
    history: null,
    created: null,
  })
  expect(config).toEqual({})
  expect(history).toBeUndefined()
  expect(rest).toEqual(minimal)
})

test('the platform is normalised', () => {
  expect(parse({ ...minimal, architecture: 'arm64', variant: 'v8' })).toEqual({ ...minimal, architecture: 'arm64' })
  expect(parse({ ...minimal, variant: '' })).toEqual(minimal)
})

test.each<[string, unknown, string]>([
  ['no rootfs', { ...minimal, rootfs: undefined }, '"rootfs"'],
  ['another rootfs', { ...minimal, rootfs: { type: 'layers+base', diff_ids: [] } }, '"rootfs.type"'],
  [
    'a bad diffId',
    { ...minimal, rootfs: { type: 'layers', diff_ids: [digestOf(''), 'sha256:x'] } },
    '"rootfs.diff_ids[1]"',
  ],
  [
    '1001 layers',
    { ...minimal, rootfs: { type: 'layers', diff_ids: Array.from({ length: 1001 }, () => digestOf('')) } },
    'at most 1000',
  ],
  ['a command in one string', { ...minimal, config: { Cmd: 'sh' } }, '"config.Cmd"'],
  ['a number in the environment', { ...minimal, config: { Env: ['A=1', 2] } }, '"config.Env[1]"'],
  ['a duration in words', { ...minimal, config: { Healthcheck: { Interval: '5s' } } }, '"config.Healthcheck.Interval"'],
  ['a time that is none', { ...minimal, history: [{ created: 'yesterday' }] }, '"history[0].created"'],
  ['a day that is none', { ...minimal, created: '2024-99-99T00:00:00Z' }, '"created"'],
  ['no architecture', { ...minimal, architecture: undefined }, '"architecture"'],
  ['an os that climbs', { ...minimal, os: '../x' }, '"os"'],
])('refuses %s', (_, value, message) => {
  expect(() => parse(value)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }),
  )
})

test('any document is read or refused with a code', () => {
  fc.assert(
    fc.property(
      fc.record({ config: fc.jsonValue(), history: fc.jsonValue(), created: fc.jsonValue() }, { requiredKeys: [] }),
      (noise) => {
        try {
          const config = parse({ ...minimal, ...noise })
          expect(parseImageConfig(encodeImageConfig(config)).rootfs).toEqual(minimal.rootfs)
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
        }
      },
    ),
  )
})

test('what would be too large to read again is not written', () => {
  const history = (length: number): ImageConfig => ({
    ...minimal,
    history: Array.from({ length }, () => ({ created_by: 'x' })),
  })
  expect(parseImageConfig(encodeImageConfig(history(10_000))).history).toHaveLength(10_000)
  expect(() => encodeImageConfig(history(10_001))).toThrow('too many entries in "history": 10001, at most 10000')
  const layers = Array.from({ length: 1001 }, () => digestOf('layer'))
  expect(() => encodeImageConfig({ ...minimal, rootfs: { type: 'layers', diff_ids: layers } })).toThrow(
    '"rootfs.diff_ids": 1001',
  )
})
