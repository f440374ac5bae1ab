import { parseDockerfile, parseIgnore } from '@tsbuild/dockerfile'
import { expect, test } from 'vitest'
import { lint } from './lint.ts'
import { amd64, FakeResolver, type TestOptions } from './testing/lower-text.ts'

async function told(
  text: string,
  { images, resolver, ...options }: TestOptions & { readonly ignoreFile?: string } = {},
): Promise<readonly string[]> {
  const { ignoreFile, ...more } = options
  const { warnings, error } = await lint(
    parseDockerfile(text),
    {
      platform: amd64,
      platformRequested: true,
      buildPlatform: amd64,
      args: {},
      contexts: {},
      allow: [],
      mainContext: 'local',
      ...(ignoreFile !== undefined && { ignore: parseIgnore(ignoreFile) }),
      ...more,
    },
    resolver ?? new FakeResolver(images),
  )
  return [...warnings.map(({ rule, range }) => `${range.start.line} ${rule}`), ...(error ? [error.message] : [])]
}

test('without a target every stage is checked, and every image requested', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/other:latest': {} })
  expect(await told('FROM other AS a\nCMD x\nFROM busybox\nCMD y', { resolver })).toEqual([
    '2 JSONArgsRecommended',
    '4 JSONArgsRecommended',
  ])
  expect(resolver.asked.toSorted()).toEqual(['docker.io/library/busybox:latest', 'docker.io/library/other:latest'])
  expect(await told('FROM other AS a\nCMD x\nFROM busybox AS b\nCMD y', { target: 'b' })).toEqual([
    '4 JSONArgsRecommended',
  ])
})

test('stages end where the error is', async () => {
  const text = 'FROM busybox AS A\nENV a b\nCMD ["x"]\nCOPY --from=7 / /\nENV c d\nCMD ["y"]\nFROM busybox\nENV e f'
  expect(await told(text)).toEqual(['1 StageNameCasing', 'invalid stage index 7'])
  expect(await told(text.replace('--from=7', '--chmod=x'))).toEqual([
    '1 StageNameCasing',
    '2 LegacyKeyValueFormat',
    "invalid chmod parameter: 'x'. it should be octal string and between 0 and 07777",
  ])
})

test('undefined variables are not reported for an unknown base image', async () => {
  const known = new FakeResolver()
  const resolver = {
    resolve: async (request: Parameters<FakeResolver['resolve']>[0]) => ({
      ...(await known.resolve(request)),
      assumed: true as const,
    }),
  }
  expect(await told('FROM busybox AS a\nFROM a\nENV A=$X\nFROM scratch\nENV A=$X', { resolver })).toEqual([
    '5 UndefinedVar',
  ])
})

test('values of WORKDIR and EXPOSE are known', async () => {
  expect(await told('FROM busybox\nENV D=srv E=/srv P=80/TCP\nWORKDIR $E\nWORKDIR $D\nEXPOSE $P $NOBODY')).toEqual([
    '5 ExposeProtoCasing',
  ])
  expect(await told('FROM busybox\nENV D=srv\nWORKDIR $D')).toEqual(['3 WorkdirRelativePath'])
  const windows = { os: 'windows', architecture: 'amd64' }
  expect(await told('# escape=`\nFROM busybox\nWORKDIR C:\\srv', { platform: windows })).toEqual([])
})

test.each<[ignoreFile: string, source: string, told: boolean]>([
  ['*.env', 'a.env', true],
  ['*.env', './a.env', true],
  ['*.env', 'sub/../a.env/', true],
  ['*.env', 'sub/a.env', false],
  ['*.env', '/a.env', false],
  ['*.env\n!b.env', 'a.env', false],
  ['sub', 'sub/deep/file', true],
  ['*', '.', true],
  ['a', '.', false],
  ['*.env', 'https://example.org/a.env', false],
])('.dockerignore %j, ADD %s: reported is %s', async (ignoreFile, source, isTold) => {
  expect(await told(`FROM busybox\nADD ${source} /x/`, { ignoreFile })).toEqual(isTold ? ['2 CopyIgnoredFile'] : [])
})

test('files of stages and heredocs are not in the context', async () => {
  expect(await told('FROM busybox AS a\nFROM busybox\nCOPY --from=a x /\nCOPY <<x /\nx', { ignoreFile: 'x' })).toEqual(
    [],
  )
})
