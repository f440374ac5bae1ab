import type { BuildEvent, Reporter } from './event.ts'
import { foldEvent, type ProgressState } from './progress-state.ts'

/** A reporter that folds the events and shows every one of them to `watch`, with the state as it is after it. */
export function watchState(watch: (event: BuildEvent, state: ProgressState) => void): Reporter {
  let state: ProgressState = new Map()
  return (event) => {
    state = foldEvent(state, event)
    watch(event, state)
  }
}
