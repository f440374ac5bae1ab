import type { ReportedStep } from '../model/build-report.ts'

/** A step with the numbers of its inputs. */
export interface LinkedStep extends ReportedStep {
  /** Absent for outputs and caches. */
  readonly inputs?: readonly number[]
}

/**
 * Adds to each step the input that was ready last, and marks the chain of these inputs that ends
 * with the step that failed or ended last. Outputs and caches have no inputs: they follow the step
 * that ended last before them. `steps` are in the order of their numbers, from 1.
 */
export function markCritical(steps: readonly LinkedStep[]): readonly ReportedStep[] {
  const byEnd = [...steps].sort((a, b) => a.end - b.end)
  const linked = steps.map(({ inputs, ...step }): ReportedStep => {
    const candidates =
      inputs?.flatMap((number) => steps[number - 1] ?? []) ??
      byEnd.filter(({ end, number }) => end <= step.start && number < step.number)
    const last = candidates.reduce<ReportedStep | undefined>(
      (latest, one) => (latest === undefined || one.end >= latest.end ? one : latest),
      undefined,
    )
    return { ...step, ...(last !== undefined && { after: { number: last.number, end: last.end } }) }
  })
  const critical = new Set<number>()
  const last = byEnd.findLast(({ state }) => state === 'failed') ?? byEnd.at(-1)
  for (let step = last && linked[last.number - 1]; step !== undefined && !critical.has(step.number); ) {
    critical.add(step.number)
    step = step.after && linked[step.after.number - 1]
  }
  return linked.map((step) => (critical.has(step.number) ? { ...step, isCritical: true } : step))
}
