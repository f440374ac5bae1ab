import { expect, test } from 'vitest'
import { killStorm } from '../support/kill-storm.ts'
import { type Obstacle, titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { withoutOrdinaryUser } from '../support/ordinary-user.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'

const runObstacle = withoutRoot() ?? (await withoutRun())
const storms: readonly { rung: 'root' | 'userns' | 'chroot'; obstacle: Obstacle }[] = [
  { rung: 'root', obstacle: runObstacle },
  {
    rung: 'userns',
    obstacle:
      runObstacle ?? (await withoutOrdinaryUser()) ?? withoutPrograms('newuidmap') ?? (await withoutUserNamespaces()),
  },
  { rung: 'chroot', obstacle: runObstacle ?? withoutPrograms('setpriv') },
]

for (const { rung, obstacle } of storms) {
  test.skipIf(obstacle !== undefined)(
    titled(`builds killed at random on ${rung} leave nothing after the next build`, obstacle),
    { timeout: 600_000 },
    async () => {
      const { problems, checks } = await killStorm({ rung, builds: 10, every: 5, seed: Date.now() })
      expect(problems).toEqual([])
      expect(checks).toBe(2)
    },
  )
}
