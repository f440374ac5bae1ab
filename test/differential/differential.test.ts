import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { caseObstacle, check } from './check.ts'
import { readCases } from './read-cases.ts'
import { readExpected } from './record.ts'
import { compare, type Laboratory, openLaboratory } from './run.ts'

const cases = await readCases()
// Recorded on x86-64: the architecture is in every config.
const recordObstacle = process.arch === 'x64' ? undefined : 'recorded for linux/amd64'

let laboratory: Laboratory
beforeAll(async () => {
  laboratory = await openLaboratory()
})
afterAll(() => laboratory[Symbol.asyncDispose]())

describe.concurrent('as BuildKit was recorded', () => {
  for (const item of cases) {
    const obstacle = recordObstacle ?? caseObstacle(item)
    test.skipIf(obstacle !== undefined)(titled(item.name, obstacle), async () => {
      check(item, compare(item, readExpected(item), await laboratory.tsbuild(item)))
    })
  }
})

test('a name belongs to one case of all areas', () => {
  const names = cases.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
})
