import { parseDockerfile } from '@tsbuild/dockerfile'
import { expect, test } from 'vitest'
import { lowerLines, lowerText, type TestOptions } from './testing/lower-text.ts'
import { refuseWarnings } from './warnings.ts'

async function told(text: string, options: TestOptions = {}): Promise<readonly string[]> {
  const { warnings } = await lowerText(text, options)
  return warnings.map(({ rule, message, range }) => `${range.start.line} ${rule}: ${message}`)
}

test('UndefinedVar: once for each name and instruction, with a suggestion', async () => {
  expect(await told('FROM busybox\nENV FOO=1\nWORKDIR /$FO/$FO/${OTHER:-d}')).toEqual([
    "3 UndefinedVar: Usage of undefined variable '$FO' (did you mean $FOO?)",
    "3 UndefinedVar: Usage of undefined variable '$OTHER'",
  ])
})

test('UndefinedVar: an ARG without a value is declared', async () => {
  expect(await told('FROM busybox\nARG V\nENV A=$V')).toEqual([])
})

test('UndefinedVar: only in stages that are built', async () => {
  expect(await told('FROM busybox\nENV A=$X\nFROM busybox')).toEqual([])
})

test('UndefinedArgInFrom, with a suggestion', async () => {
  expect(await told('ARG TAG=latest\nFROM busybox:${TGA:-latest}')).toEqual([
    "2 UndefinedArgInFrom: FROM argument 'TGA' is not declared (did you mean TAG?)",
  ])
  expect(await told('ARG TAG\nFROM --platform=$BUILDPLATFORM busybox:${TAG:-latest}')).toEqual([])
})

test('InvalidDefaultArgInFrom: without build arguments there is no image', async () => {
  const args = { TAG: 'latest', IMAGE: 'busybox' }
  expect(await told('ARG TAG\nFROM busybox:${TAG}', { args })).toEqual([
    '2 InvalidDefaultArgInFrom: Default value for ARG busybox:${TAG} results in empty or invalid base image name',
  ])
  expect(await told('ARG TAG=latest\nARG IMAGE=x\nFROM $IMAGE:$TAG', { args })).toEqual([])
})

test('rules that need only the file are included, each warning once', async () => {
  expect(await told('FROM busybox\nRUN a \\\n\n  b\nMAINTAINER me')).toEqual([
    expect.stringMatching(/^4 NoEmptyContinuation/),
    expect.stringMatching(/^5 MaintainerDeprecated/),
  ])
})

test('JSONArgsRecommended: a SHELL of the base image counts', async () => {
  expect(await told('FROM busybox AS a\nFROM a\nCMD x')).toEqual([expect.stringMatching(/^3 JSONArgsRecommended/)])
  const images = { 'docker.io/library/base:latest': { config: { Shell: ['/bin/bash', '-c'] } } }
  expect(await told('FROM base AS a\nFROM a\nCMD x', { images })).toEqual([])
})

test('rules are switched off by the directive, the build argument and comments', async () => {
  const lines = 'FROM busybox\nENV A=$X'
  expect(await told(`# check=skip=UndefinedVar\n${lines}`)).toEqual([])
  expect(await told(lines, { args: { BUILDKIT_DOCKERFILE_CHECK: 'skip=all' } })).toEqual([])
  expect(await told('FROM busybox\n# check=skip=UndefinedVar\nENV A=$X\nENV B=$Y')).toEqual([
    expect.stringMatching(/^4 UndefinedVar/),
  ])
})

test('warnings carry the page that explains them', async () => {
  const { warnings } = await lowerLines('ENV A=$X')
  expect(warnings[0]?.url).toBe('https://docs.docker.com/go/dockerfile/rule/undefined-var/')
})

test('error=true makes warnings errors', async () => {
  const dockerfile = parseDockerfile('# check=error=true\nFROM busybox\nENV A=$X')
  const { warnings } = await lowerText(dockerfile.text)
  expect(() => refuseWarnings(dockerfile, { args: {} }, warnings)).toThrow(
    'lint violation found for rules: UndefinedVar',
  )
  expect(() => refuseWarnings(dockerfile, { args: {} }, [])).not.toThrow()
  expect(() =>
    refuseWarnings(dockerfile, { args: { BUILDKIT_DOCKERFILE_CHECK: 'error=false' } }, warnings),
  ).not.toThrow()
})
