import { expect, test } from 'vitest'
import { parseDockerfile } from '../parse-dockerfile.ts'
import { checkOptions, parseCheckOptions } from './check-options.ts'
import { runChecks, selectWarnings } from './run-checks.ts'
import { warning } from './warning.ts'

const check = (text: string): readonly string[] =>
  runChecks(parseDockerfile(text)).map(({ rule, message, range }) => `${range.start.line} ${rule}: ${message}`)

test('a file without fault has no warnings', () => {
  expect(
    check('# syntax=docker/dockerfile:1\nARG V=1\nFROM a:$V AS b\nWORKDIR /x\nENV A=1\nCMD ["x"]\nFROM b\nWORKDIR y\n'),
  ).toEqual([])
})

test.each<[text: string, warnings: readonly string[]]>([
  ['FROM a AS Build', ["1 StageNameCasing: Stage name 'Build' should be lowercase"]],
  ['FROM a as b', ["1 FromAsCasing: 'as' and 'FROM' keywords' casing do not match"]],
  ['from a AS b', ["1 FromAsCasing: 'AS' and 'from' keywords' casing do not match"]],
  ['FROM a\nRUN x \\\n\n y', ['4 NoEmptyContinuation: Empty continuation line']],
  [
    'FROM a\nrun x\nRUN y',
    ["2 ConsistentInstructionCasing: Command 'run' should match the case of the command majority (uppercase)"],
  ],
  [
    'from a\nrun x\nRUN y',
    ["3 ConsistentInstructionCasing: Command 'RUN' should match the case of the command majority (lowercase)"],
  ],
  [
    'FROM a AS b\nFROM a AS B',
    [
      "2 StageNameCasing: Stage name 'B' should be lowercase",
      '2 DuplicateStageName: Duplicate stage name "b", stage names should be unique',
    ],
  ],
  ['FROM a AS context', ['1 ReservedStageName: Stage name should not use the same name as reserved stage "context"']],
  ['FROM a\nMAINTAINER x', ['2 MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label']],
  [
    'FROM a\nWORKDIR "x"\nWORKDIR y',
    ['2 WorkdirRelativePath: Relative workdir "x" can have unexpected results if the base image changes'],
  ],
  ['FROM a\nWORKDIR $X\nWORKDIR y', []],
  [
    'FROM a\nCMD ["a"]\nCMD ["b"]\nCMD ["c"]',
    [2, 3].map(
      (line) =>
        `${line} MultipleInstructionsDisallowed: Multiple CMD instructions should not be used in the same stage because only the last one will be used`,
    ),
  ],
  ['FROM a\nHEALTHCHECK NONE\nFROM a\nHEALTHCHECK NONE', []],
  [
    'FROM a\nENV k v',
    ['2 LegacyKeyValueFormat: "ENV key=value" should be used instead of legacy "ENV key value" format'],
  ],
  [
    'FROM a\nLABEL k v',
    ['2 LegacyKeyValueFormat: "LABEL key=value" should be used instead of legacy "LABEL key value" format'],
  ],
  [
    'FROM --platform=${TARGETPLATFORM} a',
    [
      '1 RedundantTargetPlatform: Setting platform to predefined ${TARGETPLATFORM} in FROM is redundant as this is the default behavior',
    ],
  ],
  ['FROM --platform=$BUILDPLATFORM a', []],
  [
    'FROM --platform=linux/amd64 a',
    ['1 FromPlatformFlagConstDisallowed: FROM --platform flag should not use constant value "linux/amd64"'],
  ],
  ['FROM --platform=linux/amd64 a AS build-amd64', []],
  ['FROM --platform=linux/x86_64 a AS build-amd64', []],
  ['FROM --platform=windows a AS windows', []],
  [
    'FROM a\nARG GITHUB_TOKEN',
    ['2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ARG "GITHUB_TOKEN")'],
  ],
  [
    'FROM a\nENV api_key=1 KEYBOARD=1 PUBLIC_KEY=1',
    ['2 SecretsUsedInArgOrEnv: Do not use ARG or ENV instructions for sensitive data (ENV "api_key")'],
  ],
  ['ARG TOKEN\nFROM a', []],
  [
    'FROM a\nENTRYPOINT x',
    [
      '2 JSONArgsRecommended: JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals',
    ],
  ],
  ['FROM a AS b\nSHELL ["x"]\nFROM b\nCMD y', []],
  [
    'FROM a\nEXPOSE 80/TCP',
    ["2 ExposeProtoCasing: Defined protocol '80/TCP' in EXPOSE instruction should be lowercase"],
  ],
  [
    'FROM a\nEXPOSE 1:80',
    ["2 ExposeInvalidFormat: EXPOSE instruction should not define an IP address or host-port mapping, found '1:80'"],
  ],
  ['FROM a\nEXPOSE $P 80/foo', []],
  ['# x y\nFROM a AS b', []],
  [
    '# check=experimental=all\n# x y\nFROM a AS b\n# z y\nARG p q',
    [
      '3 InvalidDefinitionDescription: Comment for FROM should follow the format: `# b <description>`',
      '5 InvalidDefinitionDescription: Comment for ARG should follow the format: `# <arg_key> <description>`',
    ],
  ],
  ['# check=experimental=InvalidDefinitionDescription\n# b y\nFROM a AS b', []],
  ['# check=skip=StageNameCasing\nFROM a AS Build', []],
  ['# check=skip=all\nFROM a as Build', []],
  [
    'FROM a\n# check=skip=JSONArgsRecommended\nCMD x\nENTRYPOINT y',
    [
      '4 JSONArgsRecommended: JSON arguments recommended for ENTRYPOINT to prevent unintended behavior related to OS signals',
    ],
  ],
])('%j', (text, warnings) => {
  expect(check(text)).toEqual(warnings)
})

test('rules about stages can be kept to those that are built', () => {
  const dockerfile = parseDockerfile('FROM a AS X\nENV k v\nFROM b\nENV k v\n')
  expect(runChecks(dockerfile, { stages: new Set([1]) }).map(({ rule, range }) => [rule, range.start.line])).toEqual([
    ['StageNameCasing', 1],
    ['LegacyKeyValueFormat', 4],
  ])
})

test('options can be given', () => {
  expect(runChecks(parseDockerfile('FROM a AS X'), { options: parseCheckOptions('skip=all') })).toEqual([])
})

test('warnings found elsewhere pass the same options and comments', () => {
  const dockerfile = parseDockerfile('FROM a\n# check=skip=UndefinedVar\nWORKDIR /$X\nUSER $X\n')
  const found = [...(dockerfile.stages[0]?.instructions ?? [])].map(({ range }) => warning('UndefinedVar', 'x', range))
  expect(selectWarnings(dockerfile, found, checkOptions(dockerfile)).map(({ range }) => range.start.line)).toEqual([4])
})
