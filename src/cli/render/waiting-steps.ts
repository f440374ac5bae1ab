import type { StepOutline } from '../../progress/event.ts'
import type { ProgressState } from '../../progress/progress-state.ts'
import { isActive } from './is-active.ts'

/** A step that waits for steps that run. */
export interface WaitingStep {
  readonly name: string
  /** Names of the steps and sources that it waits for. */
  readonly after: readonly string[]
}

/**
 * Steps that will be next: each waits for inputs that run, and for nothing else. In the order of
 * the graph.
 */
export function listWaiting(graph: readonly StepOutline[], state: ProgressState): readonly WaitingStep[] {
  return graph.flatMap(({ vertex, name, inputs }): readonly WaitingStep[] => {
    if (state.has(vertex)) return []
    const states = inputs.map((input) => state.get(input))
    // An input that no event has mentioned may come later, or be covered by a cached step.
    if (states.includes(undefined)) return []
    const after = states.flatMap((input) => (input !== undefined && isActive(input) ? [input.name] : []))
    return after.length === 0 ? [] : [{ name, after }]
  })
}
