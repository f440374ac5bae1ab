import { expect, test } from 'vitest'
import type { ProvenanceFacts } from './facts.ts'
import { provenanceStatement } from './provenance-statement.ts'

const facts: ProvenanceFacts = {
  builderId: 'https://ci.example/1',
  builderVersion: { tsbuild: '1.2.3' },
  builderPlatform: 'linux/amd64',
  dependencies: [{ uri: 'pkg:docker/alpine@3', digest: { sha256: 'aa' } }],
  dependenciesComplete: false,
  configSource: { path: 'Dockerfile' },
  request: {
    args: { target: 'app', 'build-arg:TOKEN': 'hush', 'label:l': 'hush' },
    secrets: [{ id: 'hush-id', optional: false }],
    ssh: [{ id: 'default', optional: true }],
    locals: ['context', 'dockerfile'],
  },
  requestComplete: true,
  networkAccess: true,
  reproducible: false,
  vcs: { revision: 'abc', source: 'https://git.example/x' },
  run: { id: 'run1', startedOn: new Date(1000), finishedOn: new Date(2000) },
  details: {
    steps: [
      { id: 'step0', op: { Op: { source: { identifier: 'docker-image://alpine' } } }, inputs: [] },
      { id: 'step1', op: { Op: { exec: {} } }, inputs: ['step0:0'] },
    ],
    digests: { 'sha256:1': 'step0', 'sha256:2': 'step1' },
    source: {
      filename: 'Dockerfile',
      text: 'FROM alpine\nRUN <<E\nhush\nE\n',
      lines: { step0: [1, 1], step1: [2, 4] },
    },
    layers: { step1: [{ digest: 'sha256:l' }] },
  },
}
const form = { mode: 'max', version: 'v1', filename: 'provenance.json' } as const

test('v1, everything', () => {
  expect(provenanceStatement(facts, form)).toEqual({
    predicateType: 'https://slsa.dev/provenance/v1',
    filename: 'provenance.json',
    predicate: {
      buildDefinition: {
        buildType: 'https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md',
        resolvedDependencies: [{ uri: 'pkg:docker/alpine@3', digest: { sha256: 'aa' } }],
        externalParameters: {
          configSource: { path: 'Dockerfile' },
          request: {
            frontend: 'dockerfile.v0',
            args: { target: 'app', 'build-arg:TOKEN': 'hush', 'label:l': 'hush' },
            secrets: [{ id: 'hush-id' }],
            ssh: [{ id: 'default', optional: true }],
            locals: [{ name: 'context' }, { name: 'dockerfile' }],
          },
        },
        internalParameters: {
          buildConfig: {
            llbDefinition: [
              { id: 'step0', op: { Op: { source: { identifier: 'docker-image://alpine' } } } },
              { id: 'step1', op: { Op: { exec: {} } }, inputs: ['step0:0'] },
            ],
            digestMapping: { 'sha256:1': 'step0', 'sha256:2': 'step1' },
          },
          builderPlatform: 'linux/amd64',
        },
      },
      runDetails: {
        builder: { id: 'https://ci.example/1', version: { tsbuild: '1.2.3' } },
        metadata: {
          invocationId: 'run1',
          startedOn: '1970-01-01T00:00:01.000Z',
          finishedOn: '1970-01-01T00:00:02.000Z',
          buildkit_metadata: {
            vcs: { revision: 'abc', source: 'https://git.example/x' },
            source: {
              locations: {
                step0: { locations: [{ ranges: [{ start: { line: 1 }, end: { line: 1 } }] }] },
                step1: { locations: [{ ranges: [2, 3, 4].map((line) => ({ start: { line }, end: { line } })) }] },
              },
              infos: [
                {
                  filename: 'Dockerfile',
                  language: 'Dockerfile',
                  data: Buffer.from('FROM alpine\nRUN <<E\nhush\nE\n').toString('base64'),
                },
              ],
            },
            layers: { 'step1:0': [[{ digest: 'sha256:l' }]] },
          },
          buildkit_completeness: { request: true, resolvedDependencies: false },
        },
      },
    },
  })
})

test.for(['v1', 'v0.2'] as const)(
  'min, %s: no value of an argument, no id of a secret, no step, no Dockerfile',
  (version) => {
    const text = JSON.stringify(provenanceStatement(facts, { ...form, mode: 'min', version }))
    for (const word of ['hush', 'TOKEN', 'llbDefinition', Buffer.from('hush').toString('base64'), 'step0', '"ssh"']) {
      expect(text).not.toContain(word)
    }
    expect(text).toContain('"target":"app"')
    expect(text).toContain('"revision":"abc"')
    expect(text).toMatch(version === 'v1' ? /"request":false/ : /"parameters":false/)
  },
)

test('min is complete where there was nothing to leave out', () => {
  const { predicate } = provenanceStatement(
    { ...facts, request: { ...facts.request, args: { target: 'app' } } },
    { ...form, mode: 'min' },
  )
  expect(predicate).toMatchObject({ runDetails: { metadata: { buildkit_completeness: { request: true } } } })
})

test('v0.2 says the same in other words', () => {
  const { predicateType, predicate } = provenanceStatement(facts, { ...form, version: 'v0.2' })
  expect(predicateType).toBe('https://slsa.dev/provenance/v0.2')
  expect(predicate).toMatchObject({
    builder: { id: 'https://ci.example/1' },
    buildType: 'https://mobyproject.org/buildkit@v1',
    materials: [{ uri: 'pkg:docker/alpine@3', digest: { sha256: 'aa' } }],
    invocation: {
      configSource: { entryPoint: 'Dockerfile' },
      parameters: { frontend: 'dockerfile.v0', args: { target: 'app' } },
      environment: { platform: 'linux/amd64' },
    },
    buildConfig: { digestMapping: { 'sha256:1': 'step0' } },
    metadata: {
      buildInvocationID: 'run1',
      buildStartedOn: '1970-01-01T00:00:01.000Z',
      completeness: { parameters: true, environment: true, materials: false },
      reproducible: false,
      'https://mobyproject.org/buildkit@v1#metadata': { layers: { 'step1:0': [[{ digest: 'sha256:l' }]] } },
    },
  })
})

test('hermetic is what names all it used and reached no network', () => {
  const hermetic = { ...facts, dependenciesComplete: true, networkAccess: false, reproducible: true }
  expect(provenanceStatement(hermetic, form).predicate).toMatchObject({
    runDetails: { metadata: { buildkit_hermetic: true, buildkit_reproducible: true } },
  })
  expect(provenanceStatement(hermetic, { ...form, version: 'v0.2' }).predicate).toMatchObject({
    metadata: { reproducible: true, 'https://mobyproject.org/buildkit@v1#hermetic': true },
  })
})

test('without a run there is nothing that differs from one to the next', () => {
  const { run: _, ...same } = facts
  for (const version of ['v1', 'v0.2'] as const) {
    expect(JSON.stringify(provenanceStatement(same, { ...form, version }))).not.toMatch(
      /invocationi|startedon|finishedon/i,
    )
  }
})
