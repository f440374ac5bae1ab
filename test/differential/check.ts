import { expect } from 'vitest'
import { type Obstacle, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type Case, runsProgram } from './case.ts'

const runObstacle = await withoutRun()

/** Reason why a case cannot be built here. */
export function caseObstacle(item: Case): Obstacle {
  return (item.needsRoot === true ? withoutRoot() : undefined) ?? (runsProgram(item) ? runObstacle : undefined)
}

/**
 * Fails when there are differences, unless they are known; a known one that is gone has to be taken
 * off the list.
 */
export function check({ knownDifference }: Case, found: readonly string[]): void {
  if (knownDifference === undefined) expect(found).toEqual([])
  else expect(found, `no longer different: ${knownDifference}`).not.toEqual([])
}
