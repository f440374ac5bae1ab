import type { Obstacle } from '@tsbuild/isolate'
import type { Place, PlaceName } from './place.ts'
import { type Remedy, remedies } from './remedies.ts'

/** The smallest change that makes a stronger rung work. */
export interface Improvement {
  readonly rung: string
  readonly obstacles: readonly Obstacle[]
  /** Changes, one for each restriction; those of the systems that tsbuild runs in come first. */
  readonly changes: readonly { readonly place: PlaceName; readonly words: readonly string[] }[]
}

interface Candidate {
  readonly name: string
  readonly available: boolean
  readonly obstacles?: readonly Obstacle[]
}

/** Named only where they have words of their own for a change. */
const others: readonly PlaceName[] = ['machine', 'docker', 'kubernetes', 'gitlab', 'openshift', 'github']

/** A range of ids is of use only where the namespace can be made. */
const includes: Readonly<Record<string, string>> = { userns: 'userns-single' }

/**
 * Finds it among the rungs above the strongest that works, or for the `wanted` one; undefined where
 * the probes named no restriction. `rungs` are ordered, strongest first.
 */
export function improve(
  rungs: readonly Candidate[],
  found: readonly Place[],
  wanted?: string,
): Improvement | undefined {
  const works = rungs.findIndex(({ available }) => available)
  const above = rungs.slice(0, works === -1 ? rungs.length : works)
  const options = (wanted === undefined ? above : rungs.filter(({ name }) => name === wanted))
    .map((rung) => ({ rung: rung.name, obstacles: findObstacles(rung, rungs) }))
    .filter(({ obstacles }) => obstacles.length > 0)
  // Of equal ones the weaker rung: it asks for fewer rights.
  const [smallest] = options.toReversed().toSorted((a, b) => weigh(a.obstacles) - weigh(b.obstacles))
  if (smallest === undefined) return undefined
  const { obstacles } = smallest
  const own = others.filter((place) => obstacles.some((obstacle) => remedies[obstacle].words[place] !== undefined))
  const order = [...new Set([...found.map(({ name }) => name), ...own])]
  return {
    ...smallest,
    changes: order.map((place) => ({
      place,
      words: obstacles.map((obstacle) => chooseWords(remedies[obstacle], place)),
    })),
  }
}

function findObstacles(
  { name, available, obstacles = [] }: Candidate,
  rungs: readonly Candidate[],
): readonly Obstacle[] {
  if (available || obstacles.length === 0) return []
  const included = rungs.find((rung) => rung.name === includes[name])
  return [...new Set([...(included?.available === false ? (included.obstacles ?? []) : []), ...obstacles])]
}

function weigh(obstacles: readonly Obstacle[]): number {
  return obstacles.reduce((sum, obstacle) => sum + remedies[obstacle].weight, 0)
}

function chooseWords({ words, otherwise }: Remedy, place: PlaceName): string {
  return words[place] ?? otherwise
}
