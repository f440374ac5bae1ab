import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registryMissing } from '@tsbuild/registry/testing'
import { titled, type Obstacle, withoutPrograms } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { withoutShell } from '../support/write-base-image.ts'
import type { FailureCase } from './case.ts'
import { type Laboratory, openLaboratory } from './laboratory.ts'
import { readCases } from './read-cases.ts'
import { recordOf } from './run.ts'

const runObstacle = await withoutRun()
const cases = readCases()

let laboratory: Laboratory
beforeAll(async () => {
  laboratory = await openLaboratory()
})
afterAll(() => laboratory[Symbol.asyncDispose]())

function obstacleOf({ runs, needs, dockerfile = '' }: FailureCase): Obstacle {
  if (runs) return runObstacle
  if (needs === 'docker-registry') return registryMissing
  if (needs !== undefined) return withoutPrograms(needs)
  return dockerfile.includes('busybox') ? withoutShell() : undefined
}

describe.each([...Map.groupBy(cases, ({ area }) => area)])('%s', (_area, items) => {
  for (const item of items) {
    const obstacle = obstacleOf(item)
    test.skipIf(obstacle !== undefined)(titled(item.name, obstacle), async () => {
      const outcome = await laboratory.observe(item)
      expect(outcome.exitCode).not.toBe(0)
      expect(recordOf(outcome)).toBe(await readFile(item.record, 'utf8'))
    })
  }
})

test('more than a hundred failures are recorded', () => {
  expect(cases.length).toBeGreaterThan(100)
})
