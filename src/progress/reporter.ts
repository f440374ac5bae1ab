import type { BuildEvent, Reporter } from './event.ts'
import { applyEvent, type ProgressState, type VertexState } from './progress-state.ts'

/** Shows an event with the state after it, and the step of the event as it was before. */
export type Watch = (event: BuildEvent, state: ProgressState, before: VertexState | undefined) => void

/**
 * A reporter that keeps the state and shows every event to `watch`. The state changes with the next
 * event.
 */
export function watchState(watch: Watch): Reporter {
  const state = new Map<string, VertexState>()
  return (event) => {
    const before = 'vertex' in event ? state.get(event.vertex) : undefined
    applyEvent(state, event)
    watch(event, state, before)
  }
}
