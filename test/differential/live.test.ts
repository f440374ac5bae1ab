import { afterAll, describe, test } from 'vitest'
import { type Obstacle, titled } from '../support/obstacle.ts'
import { type BuildkitPeer, buildWithBuildkit } from './build-with-buildkit.ts'
import { type Case, readCases } from './case.ts'
import { caseObstacle, check } from './check.ts'
import type { Outcome } from './outcome.ts'
import { openPeer } from './peer.ts'
import { compare, openLaboratory, readExpected } from './run.ts'

const cases = await readCases()
const laboratory = await openLaboratory()
const opened = await openPeer(laboratory.directory)
afterAll(async () => {
  if (typeof opened !== 'string') await opened[Symbol.asyncDispose]()
  await laboratory[Symbol.asyncDispose]()
})

function ask(peer: BuildkitPeer, item: Case): Promise<Outcome> {
  return laboratory.build(item, (same, place) => buildWithBuildkit(same, place, peer))
}

/** A daemon may start and yet not be allowed to run anything, as in some containers. */
async function stepObstacle(peer: BuildkitPeer): Promise<Obstacle> {
  const [item] = await readCases(['run-json'])
  const outcome = item && (await ask(peer, item))
  return outcome && 'error' in outcome ? `BuildKit cannot run a step: ${outcome.error.split('\n')[0]}` : undefined
}

const obstacle = typeof opened === 'string' ? opened : await stepObstacle(opened)
if (typeof opened === 'string' || obstacle !== undefined) {
  test.skip(titled('as a running BuildKit', obstacle), () => undefined)
} else {
  describe.concurrent('as a running BuildKit', () => {
    for (const item of cases) {
      const lacking = caseObstacle(item)
      test.skipIf(lacking !== undefined)(titled(item.name, lacking), async () => {
        const [live, actual] = [await ask(opened, item), await laboratory.tsbuild(item)]
        const found = compare(item, live, actual)
        const isOlder = found.length > 0 && item.olderBuildkit !== undefined
        check(item, isOlder ? compare(item, await readExpected(item), actual) : found)
      })
    }
  })
}
