import { expect, test } from 'vitest'
import { parseDockerfile } from '../parse-dockerfile.ts'
import { adviceRules, advise } from './advise.ts'

const found = (text: string, ...wanted: readonly string[]): readonly string[] =>
  advise(parseDockerfile(text), wanted.length === 0 ? ['all'] : wanted).map(
    ({ rule, range }) => `${range.start.line} ${rule}`,
  )
/** Findings of one rule in a stage of a versioned base. */
const lines = (rule: string, text: string): readonly string[] => found(`FROM a:1\n${text}\n`, rule)

test.for([
  ['TrailingComment', 'USER node # not root', 'EXPOSE 80 # http', 'ARG a # b', 'COPY a /b # c', 'WORKDIR /x #'],
  [
    'AptListsKept',
    'RUN apt-get update && apt-get install x',
    'RUN <<E\napt-get -qq update\nE',
    'RUN ["apt", "update"]',
  ],
  ['AptRecommends', 'RUN apt-get install -y x', 'RUN apt-get -y install x'],
  ['ShellEntrypoint', 'ENTRYPOINT serve'],
  ['NamedUser', 'USER node', 'USER node:1000', 'USER 1\nUSER a'],
] as const)('%s finds it', ([rule, ...texts]) => {
  for (const text of texts) expect(lines(rule, text), text).toHaveLength(1)
})

test.for([
  [
    'TrailingComment',
    'USER node#1',
    'LABEL a="b # c"',
    "ENV a='#  b'",
    'RUN true # shell',
    'CMD a # b',
    'COPY <<E /a\n # x\nE',
  ],
  [
    'AptListsKept',
    'RUN apt-get update && rm -rf /var/lib/apt/lists/*',
    'RUN --mount=type=cache,target=/var/lib/apt apt-get update',
  ],
  ['AptRecommends', 'RUN apt-get install --no-install-recommends x', 'RUN echo apt-get; install x'],
  ['ShellEntrypoint', 'ENTRYPOINT ["serve"]'],
  ['NamedUser', 'USER 1000', 'USER $UID', 'USER a\nUSER 1000:a'],
  ['MissingHealthcheck', 'HEALTHCHECK CMD true', 'HEALTHCHECK NONE'],
] as const)('%s lets it be', ([rule, ...texts]) => {
  for (const text of texts) expect(lines(rule, text), text).toEqual([])
})

test('LatestTag knows stages, scratch, ports, digests and variables', () => {
  const text = `ARG V
FROM node AS build
FROM r.example:5000/node:latest
FROM r.example:5000/node
FROM build
FROM BUILD
FROM scratch
FROM node:$V
FROM node@sha256:${'a'.repeat(64)}
FROM node:22
`
  expect(found(text, 'LatestTag')).toEqual(['2 LatestTag', '3 LatestTag', '4 LatestTag'])
})

test('the last image counts, with the stages that it is based on', () => {
  expect(found('FROM a:1 AS x\nHEALTHCHECK CMD true\nUSER me\nFROM x\n')).toEqual(['3 NamedUser'])
  expect(found('FROM a:1 AS x\nHEALTHCHECK CMD true\nUSER me\nFROM a:1\nCOPY --from=x / /\n')).toEqual([
    '4 MissingHealthcheck',
  ])
})

test('rules are off unless they, or a set with them, are requested', () => {
  const text = 'FROM a\nUSER me\n'
  expect(found(text, 'NoSuchRule')).toEqual([])
  expect(found(text, 'recommended')).toEqual(['1 LatestTag'])
  expect(found(text, 'recommended', 'NamedUser')).toEqual(['1 LatestTag', '2 NamedUser'])
  expect([...adviceRules.values()].some(({ recommended }) => recommended)).toBe(true)
})
