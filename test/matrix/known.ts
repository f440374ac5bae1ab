import type { Cell } from './report.ts'

/** A cell that is not the same as root's, and why. */
export interface Known extends Pick<Cell, 'row' | 'column' | 'kind'> {
  readonly why: string
}

const removedLink =
  'an overlay goes on counting a link that was removed from a file of a layer; a copied tree counts those that remain'

/**
 * Every one of the cells that the test suite runs. A cell that becomes the same has to go from
 * here.
 */
export const knownCells: readonly Known[] = [
  { row: 'subids', column: 'script', kind: 'differs', why: 'stat(1) shows devices as empty files in a user namespace' },
  { row: 'bwrap', column: 'moved-links', kind: 'differs', why: removedLink },
  { row: 'no-userns', column: 'moved-links', kind: 'differs', why: removedLink },
]
