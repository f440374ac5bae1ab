import { parseDockerfile } from '@tsbuild/dockerfile'
import { expect, test } from 'vitest'
import { sourceDateEpoch } from './epoch.ts'
import { amd64 } from './test-lower.ts'

function epoch(text: string, args: Record<string, string> = {}): number | undefined {
  return sourceDateEpoch(parseDockerfile(text), { platform: amd64, buildPlatform: amd64, args })
}

test('122: a build argument beats the default of a global ARG', () => {
  const text = 'ARG SOURCE_DATE_EPOCH=5\nFROM scratch'
  expect(epoch(text)).toBe(5)
  expect(epoch(text, { SOURCE_DATE_EPOCH: '0' })).toBe(0)
  expect(epoch('FROM scratch', { SOURCE_DATE_EPOCH: '7' })).toBe(7)
})

test('122: nothing, an empty value and a directory have no time', () => {
  expect(epoch('FROM scratch')).toBeUndefined()
  expect(epoch('FROM scratch\nARG SOURCE_DATE_EPOCH=5')).toBeUndefined()
  expect(epoch('FROM scratch', { SOURCE_DATE_EPOCH: '' })).toBeUndefined()
  expect(epoch('ARG SOURCE_DATE_EPOCH=context\nFROM scratch')).toBeUndefined()
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
