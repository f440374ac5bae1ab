import { RegistryError } from '@tsbuild/registry'
import { expect, test } from 'vitest'
import { amd64, FakeResolver } from '../frontend/testing/lower-text.ts'
import type { SubrequestInput } from './subrequest-input.ts'
import { check } from './check.ts'

function inputOf(text: string, more: Partial<SubrequestInput> & { readonly target?: string } = {}): SubrequestInput {
  const { target, ...input } = more
  const options = { platform: amd64, platformRequested: false, buildPlatform: amd64, args: {}, contexts: {}, allow: [] }
  return {
    source: { name: 'Dockerfile', text },
    resolver: new FakeResolver(),
    lowerOptions: async () => [{ ...options, mainContext: 'local', ...(target !== undefined && { target }) }],
    ...input,
  }
}

test('nothing to tell', async () => {
  const answer = await check(inputOf('FROM busybox\n'))
  expect(answer).toMatchObject({
    text: 'Check complete, no warnings found.\n',
    failed: false,
    notes: [],
    json: { warnings: [] },
  })
  expect(answer.error).toBeUndefined()
})

test('one warning, for people and for programs', async () => {
  const { text, json, failed } = await check(inputOf('FROM busybox\nCOPY <<EOF /a\n$X\nEOF\nUSER me\n'))
  expect(failed).toBe(true)
  expect(text).toBe(`Check complete, 1 warning has been found!

WARNING: UndefinedVar - https://docs.docker.com/go/dockerfile/rule/undefined-var/
Usage of undefined variable '$X'
Dockerfile:2
--------------------
   1 |     FROM busybox
   2 | >>> COPY <<EOF /a
   3 | >>> $X
   4 | >>> EOF
   5 |     USER me
--------------------
`)
  const line = (number: number) => ({ start: { line: number }, end: { line: number } })
  expect(json).toEqual({
    warnings: [
      {
        ruleName: 'UndefinedVar',
        description: 'Variables should be defined before their use',
        url: 'https://docs.docker.com/go/dockerfile/rule/undefined-var/',
        detail: "Usage of undefined variable '$X'",
        location: { ranges: [line(2), line(3), line(4)] },
      },
    ],
    sources: [{ filename: 'Dockerfile', language: 'Dockerfile', data: expect.stringMatching(/^RlJPTSBidXN5Ym94/) }],
  })
})

test('own rules only on request, and comments skip them', async () => {
  const text = 'FROM busybox\n# check=skip=NamedUser\nUSER me\nENTRYPOINT ["a"]\n'
  const lowerOptions: SubrequestInput['lowerOptions'] = async (dockerfile) =>
    (await inputOf(text).lowerOptions(dockerfile)).map((options) => ({
      ...options,
      advice: ['LatestTag', 'NamedUser'],
    }))
  expect((await check(inputOf(text))).json).toMatchObject({ warnings: [] })
  expect((await check(inputOf(text, { lowerOptions }))).json).toMatchObject({
    warnings: [{ ruleName: 'LatestTag', description: 'A base image needs a tag or digest that names a version' }],
  })
})

test('a file that cannot be read', async () => {
  const { text, json, error, failed } = await check(inputOf('FROM busybox\nRNU x\n'))
  expect([text, failed]).toEqual(['', true])
  expect(error).toBe(`dockerfile parse error on line 2: unknown instruction: RNU (did you mean RUN?)
Dockerfile:2
--------------------
   1 |     FROM busybox
   2 | >>> RNU x
   3 |     
--------------------
`)
  expect(json).toMatchObject({
    warnings: [],
    buildError: { message: expect.stringMatching(/^dockerfile parse error on line 2/) },
  })
})

test('findings before an error are reported as well', async () => {
  const { text, error, json } = await check(
    inputOf('FROM busybox AS A\nMAINTAINER me\nCMD x\nCOPY --chmod=x / /\nCMD y\n'),
  )
  expect(text).toMatch(/3 warnings have been found!\n[^]*\n\n$/)
  expect(error).toMatch(/^invalid chmod parameter/)
  expect(json).toMatchObject({
    warnings: [
      { ruleName: 'StageNameCasing' },
      { ruleName: 'MaintainerDeprecated' },
      { ruleName: 'JSONArgsRecommended' },
    ],
  })
})

test('all stages are looked at, or what the target needs', async () => {
  const text = 'FROM busybox AS one\nCMD x\nFROM busybox AS two\nCMD y\n'
  expect((await check(inputOf(text))).json).toMatchObject({ warnings: [{}, {}] })
  expect((await check(inputOf(text, { target: 'one' }))).text).toMatch(/^Check complete, 1 warning has/)
})

test('error=true is an error without a place', async () => {
  const { error, json } = await check(inputOf('# check=error=true\nFROM busybox\nCMD x\n'))
  expect(error).toBe('lint violation found for rules: JSONArgsRecommended\n')
  expect(json).toMatchObject({ warnings: [{}], buildError: { location: {} } })
})

test('options that cannot be read are an error', async () => {
  expect((await check(inputOf('# check=nothing\nFROM busybox\n'))).error).toMatch(
    /^failed to parse check options: invalid check option "nothing"\nDockerfile:1\n[\s\S]*>>> # check=nothing\n/,
  )
})

test('a registry that cannot be asked is a note, an image it does not have is an error', async () => {
  const failing = (code: 'REGISTRY_UNREACHABLE' | 'REGISTRY_NOT_FOUND') => ({
    resolve: () => Promise.reject(new RegistryError(code, 'no luck')),
  })
  const text = 'FROM --platform=$BUILDPLATFORM elsewhere\nENV A=$SET_BY_THE_IMAGE\nCMD x\n'
  const silent = await check(inputOf(text, { resolver: failing('REGISTRY_UNREACHABLE') }))
  expect(silent.json).toMatchObject({ warnings: [{ ruleName: 'JSONArgsRecommended' }] })
  expect(silent).toMatchObject({
    notes: ['assuming that docker.io/library/elsewhere:latest sets no variables: no luck'],
  })
  const missing = await check(inputOf(text, { resolver: failing('REGISTRY_NOT_FOUND') }))
  expect(missing.error).toMatch(/^no luck\nDockerfile:1\n/)
})

test('errors of other kinds are not answers', async () => {
  await expect(check(inputOf('FROM busybox\n', { lowerOptions: async () => [] }))).rejects.toThrow(RangeError)
})
