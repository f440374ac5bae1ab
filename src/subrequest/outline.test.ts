import { expect, test } from 'vitest'
import { amd64, FakeResolver } from '../frontend/testing/lower-text.ts'
import { outline } from './outline.ts'

function ask(
  text: string,
  options: { readonly args?: Readonly<Record<string, string>>; readonly target?: string } = {},
) {
  const base = {
    platform: amd64,
    platformRequested: false,
    buildPlatform: amd64,
    args: {},
    contexts: {},
    allow: [],
    mainContext: 'local',
  } as const
  return outline({
    source: { name: 'Dockerfile', text },
    resolver: new FakeResolver(),
    lowerOptions: async () => [{ ...base, ...options }],
  })
}

const file = `# TAG of the base
ARG TAG=latest
ARG IMAGE=busybox:\${TAG}
ARG UNUSED=1
FROM \${IMAGE} AS build
# FLAGS for the compiler
ARG FLAGS=-O1
ARG TAG TARGETARCH
RUN --mount=type=secret,id=token,required=true --mount=type=ssh true

# app what runs
FROM busybox AS app
ARG FLAGS
COPY --from=build /out /out
RUN --mount=type=secret,id=token --mount=type=cache,target=/cache true
`

test('what the target and its sources use, in file order', async () => {
  const { text, failed, notes } = await ask(file, { args: { FLAGS: '-O2' } })
  expect([failed, notes]).toEqual([false, []])
  expect(text).toBe(`TARGET:      app
DESCRIPTION: what runs

BUILD ARG   VALUE            DESCRIPTION
TAG         latest           of the base
IMAGE       busybox:latest   \nFLAGS       -O2              \n
SECRET   REQUIRED
token    \n
SSH       REQUIRED
default   \n
CACHE MOUNT
/cache

`)
})

test('as JSON, without what is empty', async () => {
  const { json } = await ask(file, { target: 'build' })
  const at = (line: number) => ({ ranges: [{ start: { line }, end: { line } }] })
  expect(json).toEqual({
    name: 'build',
    args: [
      { name: 'TAG', value: 'latest', description: 'of the base', location: at(2) },
      { name: 'IMAGE', value: 'busybox:latest', location: at(3) },
      { name: 'FLAGS', value: '-O1', description: 'for the compiler', location: at(7) },
    ],
    secrets: [{ name: 'token', required: true, location: at(9) }],
    ssh: [{ name: 'default', location: at(9) }],
    sources: [expect.any(String)],
  })
})

test('a target without a name and without parameters', async () => {
  expect(await ask('FROM busybox\n')).toMatchObject({ text: '', json: { sources: ['RlJPTSBidXN5Ym94Cg=='] } })
})

test('a default made of its own earlier value ends', async () => {
  const { json } = await ask('ARG A=1\nARG A=$A$B\nARG B=$A\nFROM busybox:${B:-latest}\n', { args: { B: 'latest' } })
  expect(json).toMatchObject({ args: [{ name: 'B', value: 'latest' }] })
})

test('errors are thrown: there is no answer without a graph', async () => {
  await expect(ask('FROM missing\n')).rejects.toThrow('missing')
  await expect(ask('FORM busybox\n')).rejects.toThrow('unknown instruction')
})
