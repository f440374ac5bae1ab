import type { Range } from '@tsbuild/dockerfile'
import type { Vertex } from '../graph/vertex.ts'

/** A step failed. Carries the code and hint of its cause, and the place of the step in the Dockerfile. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly code: string
  readonly hint: string | undefined
  /** Name of the step: `[build 2/5] RUN npm ci`. */
  readonly step: string
  readonly range: Range | undefined
  readonly vertex: Vertex

  constructor(vertex: Vertex, cause: unknown, hint: string | undefined = textOf(cause, 'hint')) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.code = textOf(cause, 'code') ?? 'STEP_FAILED'
    this.hint = hint
    this.vertex = vertex
    this.step = vertex.name
    this.range = vertex.range
  }
}

/** The error of a step: as it is when it is one already. */
export function stepError(vertex: Vertex, cause: unknown): StepError {
  return cause instanceof StepError ? cause : new StepError(vertex, cause)
}

function textOf(value: unknown, name: 'code' | 'hint'): string | undefined {
  if (typeof value !== 'object' || value === null || !(name in value)) return undefined
  const text = Reflect.get(value, name)
  return typeof text === 'string' ? text : undefined
}
