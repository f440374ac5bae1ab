import { digestOf, hexOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { Op, RunMount, RunOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { graphFacts } from './graph-facts.ts'

const platform = { os: 'linux', architecture: 'amd64' }
const manifest = digestOf(Buffer.from('manifest'))
const index = digestOf(Buffer.from('index'))
const commit = 'c'.repeat(40)

const vertexOf = (op: Op, ...inputs: readonly Vertex[]): Vertex => ({ op, inputs, name: op.kind })

function runOf(mounts: readonly RunMount[], network: RunOp['network']): RunOp {
  const process = { args: [], env: [], cwd: '/', user: '', hostname: 'h', extraHosts: [], ulimits: [] }
  return { kind: 'run', ...process, network, security: 'sandbox', mounts, platform }
}

const secret = (id: string, required: boolean): RunMount => ({
  type: 'secret',
  id,
  required,
  mode: 0o400,
  uid: 0,
  gid: 0,
})

function facts(...roots: readonly Vertex[]): ReturnType<typeof graphFacts> {
  const pins: Readonly<Record<string, string>> = { git: commit, http: index }
  const solver = { pin: async ({ op }: Vertex) => pins[op.kind] }
  return graphFacts(vertexOf({ kind: 'merge' }, ...roots), solver)
}

test('images by their requested names, repositories, downloads, each once and sorted', async () => {
  const image = (reference: string): Op => ({
    kind: 'image',
    reference,
    digest: manifest,
    platform,
    found: { reference, digest: index },
  })
  const { dependencies } = await facts(
    vertexOf({ kind: 'http', url: 'https://me:pw@host/file?v=1', filename: 'file' }),
    vertexOf({ kind: 'git', url: 'https://host/x.git', ref: 'main', subdir: 'sub' }),
    vertexOf({ kind: 'git', url: 'https://host/a.git' }),
    vertexOf(image('docker.io/library/b:1')),
    vertexOf(image('docker.io/library/a:1')),
    vertexOf(image('docker.io/library/a:1')),
    vertexOf({
      kind: 'image',
      reference: '1',
      digest: manifest,
      platform,
      layout: '/home/me/layout',
      context: 'lay::linux/amd64',
    }),
    vertexOf({
      kind: 'image',
      reference: '1',
      digest: manifest,
      platform,
      layout: '/home/me/layout',
      context: 'Not a name',
    }),
  )
  expect(dependencies).toEqual([
    { uri: 'pkg:docker/a@1?platform=linux%2Famd64', digest: { sha256: hexOf(index) } },
    { uri: 'pkg:docker/b@1?platform=linux%2Famd64', digest: { sha256: hexOf(index) } },
    { uri: `pkg:oci/lay?digest=${manifest}&platform=linux%2Famd64`, digest: { sha256: hexOf(manifest) } },
    { uri: `pkg:oci/layout?digest=${manifest}&platform=linux%2Famd64`, digest: { sha256: hexOf(manifest) } },
    { uri: 'https://host/a.git', digest: { sha1: commit } },
    { uri: 'https://host/x.git#main:sub', digest: { sha1: commit } },
    { uri: 'https://xxxxx:xxxxx@host/file?v=1', digest: { sha256: hexOf(index) } },
  ])
})

test('a secret is optional when no RUN insists on it', async () => {
  const run = vertexOf(runOf([secret('b', false), secret('a', true)], 'none'))
  const again = vertexOf(runOf([secret('b', false), secret('a', false)], 'none'))
  expect(await facts(run, again)).toMatchObject({
    secrets: [
      { id: 'a', optional: false },
      { id: 'b', optional: true },
    ],
    ssh: [],
  })
})

test.for([
  ['none', false],
  ['default', true],
  ['host', true],
] as const)('RUN with network %s reaches it: %s', async ([network, reaches]) => {
  expect((await facts(vertexOf(runOf([], network)))).networkAccess).toBe(reaches)
})
