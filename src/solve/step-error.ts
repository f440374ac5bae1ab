import { codeOf, type ErrorFacts, TsbuildError } from '@tsbuild/errors'
import type { Vertex } from '../graph/vertex.ts'

/** Facts about a failure that the step itself does not know. */
export interface StepHelp extends ErrorFacts {
  readonly message?: string
}

/** A step failed. The code is that of the cause, the place that of the step in the Dockerfile. */
export class StepError extends TsbuildError {
  override readonly name = 'StepError'
  readonly vertex: Vertex

  constructor(vertex: Vertex, cause: unknown, { message, ...help }: StepHelp = {}) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const { range = vertex.range } = help
    super(codeOf(cause, 'INTERNAL'), message ?? reason, { step: vertex.name, ...help, range, cause })
    this.vertex = vertex
  }
}

/** The error of a step: as it is when it is one already. */
export function stepError(vertex: Vertex, cause: unknown): StepError {
  return cause instanceof StepError ? cause : new StepError(vertex, cause)
}
