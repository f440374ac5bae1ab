import { expect, test } from 'vitest'
import { buildStorm } from '../support/build-storm.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
/** The whole storm takes minutes of two processors. */
const [builds, projects, kills] = process.env['TSBUILD_BUILD_STORM'] === undefined ? [8, 3, 3] : [32, 8, 10]

test.skipIf(obstacle !== undefined)(
  titled(`${builds} builds of ${projects} projects at once on one store, ${kills} of them killed`, obstacle),
  { timeout: 900_000 },
  async () => {
    if (builds < 32) console.log('8 builds instead of 32, to save minutes; TSBUILD_BUILD_STORM=1 runs all')
    const namespaces = (withoutRoot() ?? withoutPrograms('unshare')) === undefined
    const { problems, survivors } = await buildStorm({ builds, projects, kills, seed: Date.now(), namespaces })
    expect(problems).toEqual([])
    expect(survivors).toBeGreaterThanOrEqual(builds - kills)
  },
)

const [machines, stores, lost] = process.env['TSBUILD_BUILD_STORM'] === undefined ? [4, 2, 1] : [32, 8, 10]

test.skipIf(obstacle !== undefined)(
  titled(`${machines} builds at once on ${stores} stores that share a cache, ${lost} of them killed`, obstacle),
  { timeout: 900_000 },
  async () => {
    const { problems, survivors } = await buildStorm({
      ...{ builds: machines, projects: Math.min(projects, stores), kills: lost, stores },
      seed: Date.now(),
      namespaces: false,
    })
    expect(problems).toEqual([])
    expect(survivors).toBeGreaterThanOrEqual(machines - lost)
  },
)
