import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Obstacle, titled, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { buildWithBuildkit } from './build-with-buildkit.ts'
import { type Case, readCases } from './case.ts'
import { compare, type Laboratory, openLaboratory, readExpected } from './run.ts'
import { connectPeer, withoutPeer } from './peer.ts'

const cases = await readCases()
const runObstacle = await withoutRun()
const peerObstacle = withoutPeer()
// Recorded on x86-64: the architecture is in every config.
const recordObstacle = process.arch === 'x64' ? undefined : 'recorded for linux/amd64'

let laboratory: Laboratory
beforeAll(async () => {
  laboratory = await openLaboratory()
})
afterAll(() => laboratory[Symbol.asyncDispose]())

function obstacleOf({ needsRoot, runs }: Case): Obstacle {
  return (needsRoot === true ? withoutRoot() : undefined) ?? (runs ? runObstacle : undefined)
}

function check(item: Case, found: readonly string[]): void {
  // A difference that is gone has to be taken off the list.
  if (item.knownDifference === undefined) expect(found).toEqual([])
  else expect(found, `no longer different: ${item.knownDifference}`).not.toEqual([])
}

describe.concurrent('as BuildKit was recorded', () => {
  for (const item of cases) {
    const obstacle = recordObstacle ?? obstacleOf(item)
    test.skipIf(obstacle !== undefined)(titled(item.name, obstacle), async () => {
      check(item, compare(item, await readExpected(item), await laboratory.tsbuild(item)))
    })
  }
})

describe('as a running BuildKit', () => {
  test.skipIf(peerObstacle !== undefined)(titled('every case', peerObstacle), { timeout: 300_000 }, async () => {
    const peer = await connectPeer(laboratory.directory)
    for (const item of cases.filter((one) => obstacleOf(one) === undefined)) {
      const expected = await laboratory.build(item, (same, place) => buildWithBuildkit(same, place, peer))
      check(item, compare(item, expected, await laboratory.tsbuild(item)))
    }
  })
})
