import type { BuildEvent, Reporter } from '../../progress/event.ts'
import { LogLines } from '../../progress/log-lines.ts'
import type { ReportedStep, ReportedWarning } from '../model/build-report.ts'
import { type LinkedStep, markCritical } from './mark-critical.ts'

/** Lines of output kept of a step that has not succeeded. */
const tailLines = 100
/** More warnings are counted only. */
const mostWarnings = 1000

type StepEvent = Extract<BuildEvent, { readonly type: 'vertex-started' | 'vertex-cached' | 'vertex-waiting' }>

interface Step {
  facts: StepEvent
  state: ReportedStep['state']
  /** Of its first event; milliseconds since 1970, as the others. */
  readonly seen: number
  began?: number
  ended?: number
  cache?: string
  reason?: string
  error?: string
}

/** Keeps the parts of the events of a build that a report shows. */
export class BuildRecord {
  readonly report: Reporter
  readonly started: number = Date.now()
  readonly #steps = new Map<string, Step>()
  readonly #logs = new Map<string, LogLines>()
  readonly #bytes = new Map<string, Map<string, number>>()
  readonly #warnings: ReportedWarning[] = []
  #leftOut = 0

  /** `report` receives every event too. */
  constructor(report: Reporter) {
    this.report = (event) => {
      this.#take(event)
      return report(event)
    }
  }

  get warnings(): readonly ReportedWarning[] {
    return this.#warnings
  }

  get notes(): readonly string[] {
    return this.#leftOut === 0 ? [] : [`${this.#leftOut} more warnings are not listed`]
  }

  /** The steps so far; those that still run end at `now`, in milliseconds since 1970. */
  steps(now: number): readonly ReportedStep[] {
    const ids = [...this.#steps.keys()]
    const numbers = new Map(ids.map((id, index) => [id, index + 1]))
    const steps = [...this.#steps].map(([id, step], index): LinkedStep => {
      const { facts, state, seen, began = seen, ended = now, cache, reason, error } = step
      const { name, stage, platform, line, inputs } = facts
      return {
        number: index + 1,
        kind: stage !== undefined ? 'step' : inputs === undefined ? 'output' : 'source',
        name,
        ...(stage !== undefined && { stage }),
        ...(platform !== undefined && { platform }),
        ...(line !== undefined && { line }),
        state,
        start: Math.max(0, seen - this.started),
        end: Math.max(0, Math.max(seen, ended) - this.started),
        waited: Math.max(0, (state === 'cached' ? ended : began) - seen),
        ...(cache !== undefined && { cache }),
        ...(reason !== undefined && { reason }),
        isCritical: false,
        bytes: [...(this.#bytes.get(id)?.values() ?? [])].reduce((sum, bytes) => sum + bytes, 0),
        ...(error !== undefined && { error }),
        log: this.#logs.get(id)?.tail() ?? [],
        ...(inputs && { inputs: inputs.flatMap((input) => numbers.get(input) ?? []) }),
      }
    })
    return markCritical(steps)
  }

  #take(event: BuildEvent): void {
    switch (event.type) {
      case 'vertex-waiting':
      case 'vertex-started':
      case 'vertex-cached':
        return this.#begin(event)
      case 'vertex-finished':
        return this.#end(event)
      case 'log': {
        const lines = this.#logs.get(event.vertex) ?? new LogLines(tailLines)
        this.#logs.set(event.vertex, lines)
        return void lines.push(event.stream, event.data)
      }
      case 'transfer': {
        if (event.skipped !== undefined) return
        const transfers = this.#bytes.get(event.vertex) ?? new Map<string, number>()
        this.#bytes.set(event.vertex, transfers.set(event.id, event.done))
        return
      }
      case 'warning': {
        const { type: _, ...warning } = event
        if (this.#warnings.length < mostWarnings) this.#warnings.push(warning)
        else this.#leftOut += 1
        return
      }
      case 'build-started':
      case 'image-copied':
        return
    }
  }

  #begin(event: StepEvent): void {
    const { vertex, time } = event
    const step: Step = this.#steps.get(vertex) ?? { facts: event, state: 'unfinished', seen: time }
    step.facts = event
    if (event.type === 'vertex-started') {
      step.began = time
      if (event.reason !== undefined) step.reason = event.reason
    }
    if (event.type === 'vertex-cached') {
      Object.assign(step, { state: 'cached', ended: time })
      if (event.cache !== undefined) step.cache = event.cache
    }
    this.#steps.set(vertex, step)
  }

  #end({ vertex, time, error, canceled }: Extract<BuildEvent, { readonly type: 'vertex-finished' }>): void {
    const step = this.#steps.get(vertex)
    if (step === undefined) return
    if (step.state !== 'cached') step.state = canceled ? 'canceled' : error === undefined ? 'done' : 'failed'
    step.ended = time
    if (error !== undefined) step.error = error
    if (step.state === 'done' || step.state === 'cached') this.#logs.delete(vertex)
  }
}
