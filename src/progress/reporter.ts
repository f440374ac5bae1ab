import type { BuildEvent, Reporter } from './event.ts'
import { foldEvent, type ProgressState } from './progress-state.ts'

/** A reporter that passes every event on to all of `reporters`, in that order. */
export function fanOut(...reporters: readonly Reporter[]): Reporter {
  return (event) => {
    for (const report of reporters) report(event)
  }
}

/** A reporter that keeps the folded state and shows it to `watch` with every event, the state as it is after that event. */
export function watchState(watch: (event: BuildEvent, state: ProgressState) => void): Reporter {
  let state: ProgressState = new Map()
  return (event) => {
    state = foldEvent(state, event)
    watch(event, state)
  }
}
