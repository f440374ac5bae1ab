import { type Reporter, uploadIds } from '../../progress/event.ts'
import type { ProgressState } from '../../progress/progress-state.ts'
import { watchState } from '../../progress/reporter.ts'

/** A step and the time that it took, in milliseconds. */
export interface StepTime {
  readonly name: string
  readonly duration: number
}

/** Remembers how long the steps of a build take. */
export class StepTimes {
  readonly report: Reporter
  #state: ProgressState = new Map()

  constructor() {
    this.report = watchState((_event, state) => {
      this.#state = state
    })
  }

  /**
   * The steps that took longest, the slowest first, at most `count`. Uploads beside them hold
   * nothing up.
   */
  slowest(count: number): readonly StepTime[] {
    return [...this.#state.values()]
      .filter(({ id, status }) => (status === 'done' || status === 'failed') && !id.startsWith(uploadIds))
      .map(({ name, started = 0, finished = started }) => ({ name, duration: finished - started }))
      .sort((one, other) => other.duration - one.duration)
      .slice(0, count)
  }
}
