import { expect, test } from 'vitest'
import { build, plan } from '../build.ts'
import { describeFailure } from '../failure.ts'
import type { BuildOptions } from '../options.ts'
import { checkOptions } from './check-options.ts'

/** Options of plain JavaScript, for the type checker. */
const given = (options: unknown): BuildOptions => options as BuildOptions
const image = { kind: 'image', names: [], push: false, pushByDigest: false, insecure: false, store: true }

test.each<[unknown, string]>([
  [undefined, 'the options must be an object, got nothing'],
  ['.', 'the options must be an object, got a string'],
  [{}, 'option "context" must be a path, a URL or a stream, got nothing'],
  [{ context: ['.'] }, 'option "context" must be a path, a URL or a stream, got an array'],
  [{ context: '.', dockerfile: {} }, 'option "dockerfile.text" must be a string, got nothing'],
  [{ context: '.', tags: 'app:1' }, 'option "tags" must be an array, got a string'],
  [{ context: '.', tags: [7] }, 'option "tags[0]" must be a string, got a number'],
  [{ context: '.', args: { A: 1 } }, 'option "args.A" must be a string, got a number'],
  [{ context: '.', labels: { 'a b': null } }, 'option "labels["a b"]" must be a string, got null'],
  [{ context: '.', noCache: 'build' }, 'option "noCache" must be true, false or an array, got a string'],
  [
    { context: '.', network: 'bridge' },
    'option "network" must be "default", "host", "private" or "none", got "bridge"',
  ],
  [{ context: '.', shmSize: -1 }, 'option "shmSize" must be an integer of at least 0, got -1'],
  [
    { context: '.', secrets: { s: {} } },
    'option "secrets.s" must be an object with "file", "env" or "value", got an object',
  ],
  [{ context: '.', secrets: { s: { value: 7 } } }, 'option "secrets.s.value" must be a string or bytes, got a number'],
  [{ context: '.', ssh: { default: 'key' } }, 'option "ssh.default" must be an array, got a string'],
  [{ context: '.', report: 'x' }, 'option "report" must be a function, got a string'],
  [{ context: '.', signal: {} }, 'option "signal" must be an AbortSignal, got an object'],
  [{ context: '.', outputs: [null] }, 'option "outputs[0]" must be an object, got null'],
  [
    { context: '.', outputs: [{ kind: 'zip' }] },
    'option "outputs[0].kind" must be "oci", "docker", "image", "local", "tar" or "cacheonly", got "zip"',
  ],
  [
    { context: '.', outputs: [{ kind: 'oci', dest: 'x', tar: true }] },
    'option "outputs[0].names" must be an array, got nothing',
  ],
  [
    { context: '.', outputs: [{ ...image, compression: { type: 'gzip', level: 12 } }] },
    'option "outputs[0].compression.level" must be an integer from 0 to 9, got 12',
  ],
  [
    { context: '.', outputs: [{ ...image, sourceDateEpoch: true }] },
    'option "outputs[0].sourceDateEpoch" must be an integer of at least 0, got true',
  ],
  [
    { context: '.', attestations: [{ type: 'sbom' }] },
    'option "attestations[0].parameters" must be an object, got nothing',
  ],
])('%j', async (options, message) => {
  for (const call of [build, plan]) {
    const failure = describeFailure(await call(given(options)).catch((error: unknown) => error))
    expect(failure).toEqual({ code: 'OPTION_INVALID', message, exitCode: 2, causes: [] })
  }
})

test('what the types allow passes, and so does what they do not know', () => {
  checkOptions({
    context: '.',
    dockerfile: { text: 'FROM scratch' },
    noCache: ['build'],
    secrets: { a: { file: 'f' }, b: { env: 'E' }, c: { value: new Uint8Array() } },
    volumes: [{ source: '/a', target: '/b', readonly: true }],
    attestations: [{ type: 'provenance', mode: 'min' }],
    outputs: [
      {
        kind: 'oci',
        dest: 'x',
        tar: true,
        names: [],
        compression: { type: 'zstd', level: 22 },
        sourceDateEpoch: 'none',
      },
      { kind: 'local', dest: 'y', mode: 'copy', sourceDateEpoch: 0 },
      { kind: 'cacheonly' },
    ],
    signal: new AbortController().signal,
    ...{ future: 7 },
  })
})
