import { expect, test } from 'vitest'
import { build, plan } from '../../build.ts'
import { describeFailure } from '../../failure.ts'
import type { BuildOptions } from '../../options.ts'
import { checkOptions } from './check-options.ts'

/** Options of plain JavaScript, for the type checker. */
const name = 'the name of an image such as "registry.example/app:1.0"'
const given = (options: unknown): BuildOptions => options as BuildOptions
const image = { kind: 'image' }

test.each<[unknown, string]>([
  [undefined, 'the options must be an object, got nothing'],
  ['.', 'the options must be an object, got a string'],
  [{}, 'option "context" must be a path, a URL, a tar, a stream or files, got nothing'],
  [{ context: ['.'] }, 'option "context" must be a path, a URL, a tar, a stream or files, got an array'],
  [{ context: '.', dockerfile: {} }, 'option "dockerfile.text" must be a string, got nothing'],
  [{ context: '.', tags: 'app:1' }, 'option "tags" must be an array, got a string'],
  [{ context: '.', tags: [7] }, 'option "tags[0]" must be a string, got a number'],
  [{ context: '.', args: { A: 1 } }, 'option "args.A" must be a string, got a number'],
  [{ context: '.', labels: { 'a b': null } }, 'option "labels["a b"]" must be a string, got null'],
  [
    { context: '.', cacheTo: [{ kind: 'local', dest: 'c', singleFlight: true }] },
    'option "cacheTo[0].mode" must be "max" with singleFlight, got "min"',
  ],
  [
    { context: '.', cacheTo: [{ kind: 'local', dest: 'c', mountsMaxSize: 1 }] },
    'option "cacheTo[0].mounts" must be ids, which mountsMaxSize is about, got nothing',
  ],
  [
    { context: '.', cacheTo: [{ kind: 'reapi', url: 'grpc://h:1', mounts: 'all' }] },
    'option "cacheTo[0].scope" must be a name, which mounts of reapi need, got nothing',
  ],
  [
    { context: '.', cacheTo: [{ kind: 'reapi', url: 'grpc://h:1', scope: 'main' }] },
    'option "cacheTo[0].mounts" must be ids, which scope is about, got nothing',
  ],
  [
    { context: '.', cacheFrom: [{ kind: 'reapi', url: 'grpc://h:1', scope: '' }] },
    'option "cacheFrom[0].scope" must be a name, got ""',
  ],
  [
    {
      context: '.',
      cacheTo: ['a', 'b'].map((dest) => ({ kind: 'local', dest, mode: 'max', singleFlight: true })),
    },
    'option "cacheTo[1].singleFlight" must be true for one cache at most, got a second one',
  ],
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
  [{ context: '.', outputs: [{ kind: 'oci' }] }, 'option "outputs[0].dest" must be a path or a function, got nothing'],
  [
    { context: '.', outputs: [{ ...image, compression: { type: 'gzip', level: 12 } }] },
    'option "outputs[0].compression.level" must be an integer from 0 to 9, got 12',
  ],
  [
    { context: '.', outputs: [{ ...image, sourceDateEpoch: true }] },
    'option "outputs[0].sourceDateEpoch" must be an integer of at least 0, got true',
  ],
  [
    { context: '.', attestations: [{ type: 'sbom', parameters: 'a' }] },
    'option "attestations[0].parameters" must be an object, got a string',
  ],
  [{ context: '.', tags: ['App'] }, `option "tags[0]" must be ${name}, got "App"`],
  [
    { context: '.', outputs: [{ ...image, names: ['a:b:c'] }] },
    `option "outputs[0].names[0]" must be ${name}, got "a:b:c"`,
  ],
  [
    { context: '.', platforms: ['a/b/c/d'] },
    'option "platforms[0]" must be a platform such as "linux/arm64", got "a/b/c/d"',
  ],
  [
    { context: '.', addHosts: { db: ['1.2'] } },
    'option "addHosts.db[0]" must be an IP address or "host-gateway", got "1.2"',
  ],
  [{ context: '.', addHosts: ['db:1.2.3.4'] }, 'option "addHosts" must be an object, got an array'],
  [
    { context: '.', ulimits: { core: '1' } },
    'option "ulimits.core" must be a number or an object with "soft" and "hard", got a string',
  ],
  [
    { context: '.', ulimits: { core: { soft: 1 } } },
    'option "ulimits.core.hard" must be an integer of at least -1, got nothing',
  ],
  [{ context: '.', annotations: { a: 1 } }, 'option "annotations.a" must be a string, got a number'],
  [{ context: '.', annotations: [{ key: 'a' }] }, 'option "annotations[0].value" must be a string, got nothing'],
  [
    { context: '.', allow: ['everything'] },
    'option "allow[0]" must be one of network.host, security.insecure, device, device=NAME[,alias=NAME], secret-in-layer, got "everything"',
  ],
  [{ context: '.', future: 7 }, 'unknown option "future"'],
  [{ context: '.', outputs: [{ kind: 'cacheonly', dest: 'x' }] }, 'unknown option "outputs[0].dest"'],
])('%j', async (options, message) => {
  for (const call of [build, plan]) {
    const failure = describeFailure(await call(given(options)).catch((error: unknown) => error))
    expect(failure).toEqual({ code: 'OPTION_INVALID', category: 'usage', message, exitCode: 2, causes: [] })
  }
})

test.each<[unknown, string, string]>([
  [{ context: '.', tag: ['app'] }, 'unknown option "tag"', 'tags'],
  [
    { context: '.', outputs: [{ ...image, pushByDigset: true }] },
    'unknown option "outputs[0].pushByDigset"',
    'pushByDigest',
  ],
  [{ context: '.', ulimits: { nofiles: 1 } }, 'unknown option "ulimits.nofiles"', 'nofile'],
  [
    { context: '.', outputs: [{ kind: 'imge' }] },
    'option "outputs[0].kind" must be "oci", "docker", "image", "local", "tar" or "cacheonly", got "imge"',
    'image',
  ],
  [
    { context: '.', platforms: ['linux/amd46'] },
    'option "platforms[0]" has an unknown architecture: "amd46"',
    'linux/amd64',
  ],
])('%j has a suggestion', async (options, message, suggestion) => {
  const failure = describeFailure(await build(given(options)).catch((error: unknown) => error))
  expect(failure).toMatchObject({ code: 'OPTION_INVALID', message, suggestion, exitCode: 2 })
  expect(failure.hint).toContain(suggestion)
})

test('what the types allow passes', () => {
  checkOptions({
    context: '.',
    dockerfile: { text: 'FROM scratch' },
    noCache: ['build'],
    secrets: { a: { file: 'f' }, b: { env: 'E' }, c: { value: new Uint8Array() } },
    volumes: [{ source: '/a', target: '/b' }],
    push: true,
    platforms: ['linux/riscv128'],
    addHosts: { a: '::1', b: ['10.0.0.1', 'host-gateway'] },
    ulimits: { nofile: 1024, core: { soft: 0, hard: -1 } },
    annotations: [{ key: 'a', value: 'b', target: 'index', platform: 'linux/arm64' }],
    allow: ['device=vendor.example/class=name,alias=x'],
    attestations: [{ type: 'provenance', mode: 'min' }],
    outputs: [
      {
        kind: 'oci',
        dest: 'x',
        compression: { type: 'zstd', level: 22 },
        sourceDateEpoch: 'none',
      },
      { kind: 'local', dest: 'y', sourceDateEpoch: 0 },
      { kind: 'image', push: true },
      { kind: 'cacheonly' },
    ],
    signal: new AbortController().signal,
  })
})
