import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { Op, RunOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { buildDetails } from './build-details.ts'

const platform = { os: 'linux', architecture: 'arm', variant: 'v7' }
const digest = digestOf(Buffer.from('image'))
const dockerfile = { filename: 'Dockerfile', text: 'FROM x\n' }
const image: Op = { kind: 'image', reference: 'docker.io/library/x:1', digest, platform }
const copyOp = { kind: 'copy', destination: '/d/', exclude: [], parents: false, extract: 'never' } as const
const scratch: Vertex = { op: { kind: 'inline', files: [] }, inputs: [], name: 'scratch' }
const layerOf = (text: string) => ({
  mediaType: 'application/x',
  digest: digestOf(Buffer.from(text)),
  size: text.length,
})

function vertexOf(op: Op, inputs: readonly Vertex[] = [], line?: number): Vertex {
  const range = line === undefined ? {} : { range: { start: { line, column: 1 }, end: { line: line + 1, column: 1 } } }
  return { op, inputs, name: op.kind, ...range }
}

const details = (rootfs: Vertex, layers?: Parameters<typeof buildDetails>[1]['layers']) =>
  buildDetails(rootfs, {
    solver: { definitionKey: async ({ name }) => digestOf(Buffer.from(name)) },
    dockerfile,
    ...(layers && { layers }),
  })

test('steps come after their inputs, name them, and end with the result; scratch is no step', async () => {
  const files = vertexOf({ kind: 'local', context: 'context', include: ['a'] })
  const copied = vertexOf({ ...copyOp, sources: [{ input: 1, path: 'a' }] }, [scratch, files], 3)
  const { steps, digests, source, layers } = await details(
    vertexOf({ ...copyOp, sources: [{ input: 1, path: 'd/a' }] }, [copied, copied], 5),
  )
  expect(steps.map(({ id, inputs }) => [id, inputs])).toEqual([
    ['step0', []],
    ['step1', ['step0:0']],
    ['step2', ['step1:0']],
    ['step3', ['step2:0']],
  ])
  const actions = steps
    .map(({ op }) => JSON.stringify(op))
    .map((text) => /"secondaryInput":(-?\d).*"input":(-?\d)/.exec(text)?.slice(1))
  expect(actions).toEqual([undefined, ['0', '-1'], ['0', '0'], undefined])
  expect(steps.at(-1)?.op).toEqual({ Op: {} })
  expect(digests[digestOf(Buffer.from('local'))]).toBe('step0')
  expect(source).toEqual({ ...dockerfile, lines: { step1: [3, 4], step2: [5, 6] } })
  expect(layers).toBeUndefined()
})

test('a step has the layers of the image up to its own; what a linked copy puts on top is one more', async () => {
  const base = vertexOf(image)
  const made = vertexOf({ kind: 'mkdir', path: '/d', user: '' }, [base])
  const linked = vertexOf({ ...copyOp, sources: [] }, [scratch])
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(layerOf)
  if (!a || !b || !c || !d) throw new Error('no layers')
  const { layers } = await details(vertexOf({ kind: 'merge' }, [made, linked]), [a, b, c, d])
  expect(layers).toEqual({ step0: [a, b], step1: [a, b, c], step3: [a, b, c, d] })
})

const run: RunOp = {
  kind: 'run',
  args: ['sh', '-c', 'x'],
  env: [
    ['PATH', '/bin'],
    ['PROXY', 'http://u:p@h'],
  ],
  cwd: '/w',
  user: 'app',
  hostname: 'h',
  network: 'none',
  security: 'insecure',
  mounts: [
    { type: 'bind', target: '/b', input: 1, source: '/s', readonly: true },
    {
      type: 'cache',
      target: '/c',
      id: 'c',
      sharing: 'locked',
      source: '/',
      readonly: false,
      mode: 0o755,
      uid: 0,
      gid: 0,
    },
    { type: 'tmpfs', target: '/t', size: 9, readonly: false },
    { type: 'secret', id: 's', target: '/run/secrets/s', env: 'S', required: true, mode: 0o400, uid: 1, gid: 2 },
    { type: 'ssh', id: 'default', target: '/ssh', required: false, mode: 0o600, uid: 0, gid: 0 },
  ],
  platform,
  extraHosts: ['db:::1'],
  ulimits: ['nofile=1:2', 'core=0'],
  devices: [{ name: 'vendor.example/gpu=0', required: false }],
  shmSize: 64,
}

test.for<[Op, number, object]>([
  [
    image,
    0,
    {
      Op: { source: { identifier: `docker-image://docker.io/library/x:1@${digest}` } },
      platform: { Architecture: 'arm', OS: 'linux', Variant: 'v7' },
    },
  ],
  [
    { ...image, layout: '/home/me', context: 'lay' },
    0,
    { Op: { source: { identifier: `oci-layout://lay@${digest}` } } },
  ],
  [{ kind: 'local', context: 'c' }, 0, { Op: { source: { identifier: 'local://c' } } }],
  [
    { kind: 'git', url: 'https://u:p@h/x.git', ref: 'r', subdir: 's', keepGitDir: true, checksum: 'abcd' },
    0,
    {
      Op: {
        source: {
          identifier: 'git://h/x.git#r:s',
          attrs: { 'git.fullurl': 'https://xxxxx:xxxxx@h/x.git', 'git.keepgitdir': 'true', 'git.checksum': 'abcd' },
        },
      },
    },
  ],
  [
    { kind: 'http', url: 'https://h/f', filename: 'f', checksum: digest },
    0,
    { Op: { source: { identifier: 'https://h/f', attrs: { 'http.filename': 'f', 'http.checksum': digest } } } },
  ],
  [
    { kind: 'inline', files: [{ path: 'f', mode: 0o644, text: 'hi' }] },
    0,
    {
      Op: {
        file: { actions: [{ Action: { mkfile: { path: '/f', mode: 0o644, data: 'aGk=' } }, input: -1, output: 0 }] },
      },
    },
  ],
  [
    { kind: 'mkdir', path: '/d', user: 'app:7', epoch: 5 },
    1,
    {
      Op: {
        file: {
          actions: [
            {
              Action: {
                mkdir: {
                  path: '/d',
                  mode: 0o755,
                  timestamp: 5e9,
                  owner: { user: { User: { byName: { name: 'app' } } }, group: { User: { byID: 7 } } },
                },
              },
              input: 0,
            },
          ],
        },
      },
    },
  ],
  [
    {
      ...copyOp,
      sources: [
        { input: 1, path: 'a*' },
        { input: 1, path: 'f', literal: true, packed: true },
      ],
      mode: '0640',
      exclude: ['x'],
      extract: 'archives',
    },
    2,
    {
      Op: {
        file: {
          actions: [
            {
              Action: {
                copy: { src: '/a*', mode: 0o640, allowWildcard: true, attemptUnpackDockerCompatibility: true },
              },
              input: 0,
              output: -1,
            },
            { Action: { copy: { src: '/f', exclude_patterns: ['x'] } }, input: 2, secondaryInput: 1, output: 0 },
          ],
        },
      },
    },
  ],
  [
    { ...copyOp, sources: [{ input: 1, path: 'a' }], mode: 'u+x' },
    2,
    { Op: { file: { actions: [{ Action: { copy: { mode: -1, modeStr: 'u+x' } } }] } } },
  ],
  [
    {
      ...copyOp,
      sources: [
        { input: 1, path: './a/./b/*.c' },
        { input: 1, path: './d' },
      ],
      parents: true,
    },
    2,
    {
      Op: {
        file: {
          actions: [
            { Action: { copy: { src: '/a', include_patterns: ['b/*.c'] } } },
            { Action: { copy: { src: '/', include_patterns: ['d'] } } },
          ],
        },
      },
    },
  ],
  [{ kind: 'merge' }, 2, { Op: { merge: { inputs: [{ input: 0 }, { input: 1 }] } } }],
  [
    run,
    2,
    {
      Op: {
        exec: {
          meta: {
            args: ['sh', '-c', 'x'],
            env: ['PATH=/bin', 'PROXY=http://xxxxx:xxxxx@h'],
            cwd: '/w',
            user: 'app',
            extraHosts: [{ Host: 'db', IP: '::1' }],
            ulimit: [
              { Name: 'nofile', Soft: 1, Hard: 2 },
              { Name: 'core', Soft: 0, Hard: 0 },
            ],
          },
          network: 2,
          security: 1,
          secretenv: [{ ID: 's', name: 'S' }],
          cdiDevices: [{ name: 'vendor.example/gpu=0', optional: true }],
          mounts: [
            { dest: '/', input: 0, output: 0 },
            { dest: '/dev/shm', mountType: 4, input: -1, output: -1, tmpfsOpt: { size: 64 } },
            { dest: '/b', mountType: 0, input: 1, selector: '/s', readonly: true, output: -1 },
            { dest: '/c', mountType: 3, input: -1, cacheOpt: { ID: 'c', sharing: 2 } },
            { dest: '/t', mountType: 4, tmpfsOpt: { size: 9 } },
            { dest: '/run/secrets/s', mountType: 1, secretOpt: { ID: 's', uid: 1, gid: 2, mode: 0o400 } },
            { dest: '/ssh', mountType: 2, SSHOpt: { ID: 'default', optional: true } },
          ],
        },
      },
    },
  ],
])('%j', async ([op, inputs, expected]) => {
  const sources = Array.from({ length: inputs }, (_, index) => vertexOf({ kind: 'local', context: `in${index}` }))
  const { steps } = await details(vertexOf(op, sources))
  expect(steps.at(-2)?.op).toMatchObject(expected)
})
