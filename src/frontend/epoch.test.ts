import { parseDockerfile } from '@tsbuild/dockerfile'
import { expect, test } from 'vitest'
import { type EpochSource, sourceDateEpoch } from './epoch.ts'
import { amd64 } from './testing/lower-text.ts'

const contexts = { n: { kind: 'http', url: 'https://h.example/c.tar' } } as const

function epoch(text: string, args: Record<string, string> = {}): number | EpochSource | undefined {
  return sourceDateEpoch(parseDockerfile(text), { platform: amd64, buildPlatform: amd64, args, contexts })
}

test('122: a build argument beats the default of a global ARG', () => {
  const text = 'ARG SOURCE_DATE_EPOCH=5\nFROM scratch'
  expect(epoch(text)).toBe(5)
  expect(epoch(text, { SOURCE_DATE_EPOCH: '0' })).toBe(0)
  expect(epoch('FROM scratch', { SOURCE_DATE_EPOCH: '7' })).toBe(7)
})

test('122: nothing and an empty value are no time', () => {
  expect(epoch('FROM scratch')).toBeUndefined()
  expect(epoch('FROM scratch\nARG SOURCE_DATE_EPOCH=5')).toBeUndefined()
  expect(epoch('FROM scratch', { SOURCE_DATE_EPOCH: '' })).toBeUndefined()
})

test('section 11: names mean a source with a time: the main context, a named one, a stage that fetches one thing', () => {
  const sourceStage = (...lines: string[]) =>
    ['ARG SOURCE_DATE_EPOCH=src', 'FROM scratch AS SRC', ...lines, 'FROM scratch'].join('\n')
  expect(epoch('ARG SOURCE_DATE_EPOCH=context\nFROM scratch')).toEqual({ kind: 'main' })
  expect(epoch('FROM scratch AS n', { SOURCE_DATE_EPOCH: 'n' })).toEqual({ kind: 'named', context: contexts.n })
  expect(epoch(sourceStage('ARG V=1', 'ADD https://h.example/f-$V /'))).toEqual({
    kind: 'remote',
    op: { kind: 'http', url: 'https://h.example/f-1', filename: 'f-1' },
  })
  expect(epoch(sourceStage('ADD https://h.example/r.git#v1 /'))).toMatchObject({ op: { kind: 'git', ref: 'v1' } })
  expect(() => epoch(sourceStage('COPY f /'))).toThrow(
    'does not meet source-only requirements: unsupported COPY instruction',
  )
  expect(() => epoch(sourceStage('ADD f /'))).toThrow('stage source must be a single HTTP(S) or Git ADD')
  expect(() => epoch(sourceStage('ADD https://h.example/a https://h.example/b /'))).toThrow(
    'exactly one remote ADD source',
  )
  expect(() => epoch(sourceStage('ADD https://h.example/a /', 'ADD https://h.example/b /'))).toThrow(
    'exactly one remote ADD',
  )
  expect(() => epoch(sourceStage())).toThrow('exactly one remote ADD')
  expect(() => epoch('FROM base AS src', { SOURCE_DATE_EPOCH: 'src' })).toThrow(
    'SOURCE_DATE_EPOCH stage must use FROM scratch',
  )
})

test('122: anything else is an error', () => {
  expect(() => epoch('ARG X\nARG SOURCE_DATE_EPOCH=soon\nFROM scratch')).toThrow(
    expect.objectContaining({
      message: 'invalid SOURCE_DATE_EPOCH: soon',
      range: expect.objectContaining({ start: { line: 2, column: 1 } }),
    }),
  )
  for (const value of ['-1', '1.5', '1e3', ' 1', '9'.repeat(30)])
    expect(() => epoch('FROM scratch', { SOURCE_DATE_EPOCH: value })).toThrow('invalid')
})
