import type { SolveContext } from '../../solve/executor.ts'

/** Context of an executor in a test: without events, and never cancelled. */
export const stepContext: SolveContext = {
  vertex: '1',
  signal: new AbortController().signal,
  report: () => {},
  compression: { type: 'none' },
}
