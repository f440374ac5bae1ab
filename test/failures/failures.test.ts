import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registryMissing } from '@tsbuild/registry/testing'
import { titled, type Obstacle, withoutPrograms } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { withoutShell } from '../support/write-base-image.ts'
import { areas } from './areas.ts'
import type { FailureCase } from './case.ts'
import { type Laboratory, openLaboratory } from './laboratory.ts'
import { expectedDirectory, expectedPath, recordOf } from './run.ts'

const runObstacle = await withoutRun()
const all = Object.entries(areas).flatMap(([area, items]) => items.map((item) => ({ area, item })))

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

describe.each(Object.entries(areas))('%s', (area, items) => {
  for (const item of items) {
    const obstacle = obstacleOf(item)
    test.skipIf(obstacle !== undefined)(titled(item.name, obstacle), async () => {
      const outcome = await laboratory.observe(item)
      expect(outcome.exitCode).not.toBe(0)
      expect(recordOf(outcome)).toBe(await readFile(expectedPath(area, item.name), 'utf8'))
    })
  }
})

test('a hundred failures and more are recorded, and nothing else', async () => {
  const recorded = await readdir(expectedDirectory, { recursive: true })
  const files = recorded.filter((path) => path.endsWith('.txt')).toSorted()
  expect(files).toEqual(all.map(({ area, item }) => `${area}/${item.name}.txt`).toSorted())
  expect(files.length).toBeGreaterThan(100)
})
