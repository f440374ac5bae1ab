import { expect, test } from 'vitest'
import { outOfMemoryKills } from './out-of-memory.ts'
import { processResult } from './process-result.ts'

test.each([
  [{ code: 0 }, 0, { exitCode: 0, outOfMemory: false }],
  [{ code: 3 }, 1, { exitCode: 3, outOfMemory: false }],
  [{ code: 137 }, 1, { exitCode: 137, outOfMemory: true }],
  [{ signal: 9 }, 0, { exitCode: 137, signal: 'SIGKILL', outOfMemory: false }],
  [{ signal: 9 }, 2, { exitCode: 137, signal: 'SIGKILL', outOfMemory: true }],
  [{ signal: 11 }, 1, { exitCode: 139, signal: 'SIGSEGV', outOfMemory: false }],
  [{ signal: 40 }, 0, { exitCode: 168, outOfMemory: false }],
])('%j with %i kills meanwhile', (ending, kills, result) => {
  expect(processResult(ending, { before: 5, after: 5 + kills })).toEqual(result)
})

test('the counter of the machine is a number', () => {
  expect(outOfMemoryKills()).toBeGreaterThanOrEqual(0)
})
