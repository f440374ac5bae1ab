import { afterAll, describe, test } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { buildWithBuildkit } from './build-with-buildkit.ts'
import { readCases } from './case.ts'
import { caseObstacle, check } from './check.ts'
import { openPeer } from './peer.ts'
import { compare, openLaboratory, readExpected } from './run.ts'

const cases = await readCases()
const laboratory = await openLaboratory()
const peer = await openPeer(laboratory.directory)
afterAll(async () => {
  if (typeof peer !== 'string') await peer[Symbol.asyncDispose]()
  await laboratory[Symbol.asyncDispose]()
})

if (typeof peer === 'string') {
  test.skip(titled('as a running BuildKit', peer), () => undefined)
} else {
  describe.concurrent('as a running BuildKit', () => {
    for (const item of cases) {
      const obstacle = caseObstacle(item)
      test.skipIf(obstacle !== undefined)(titled(item.name, obstacle), async () => {
        const live = await laboratory.build(item, (same, place) => buildWithBuildkit(same, place, peer))
        const actual = await laboratory.tsbuild(item)
        const found = compare(item, live, actual)
        const isOlder = found.length > 0 && item.olderBuildkit !== undefined
        check(item, isOlder ? compare(item, await readExpected(item), actual) : found)
      })
    }
  })
}
