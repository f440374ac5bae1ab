import type { Range } from '@tsbuild/dockerfile'
import type { Vertex } from '../graph/vertex.ts'

/** Facts about a failure that the step itself does not know. */
export interface StepHelp {
  readonly message?: string
  readonly word?: string
  /** Place of the word, if not in the instruction of the step. */
  readonly range?: Range
  readonly hint?: string
  readonly suggestion?: string
}

/**
 * A step failed. Carries the code and hint of its cause, and the place of the step in the
 * Dockerfile.
 */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly code: string
  /** Part of the instruction at fault, as written there. */
  readonly word: string | undefined
  readonly hint: string | undefined
  /** Likely intended word. */
  readonly suggestion: string | undefined
  /** Name of the step: `[build 2/5] RUN npm ci`. */
  readonly step: string
  readonly range: Range | undefined
  readonly vertex: Vertex

  /** `help` says what the cause could not know. */
  constructor(vertex: Vertex, cause: unknown, help: StepHelp = {}) {
    super(help.message ?? (cause instanceof Error ? cause.message : String(cause)), { cause })
    this.code = textOf(cause, 'code') ?? 'INTERNAL'
    this.word = help.word
    this.hint = help.hint ?? textOf(cause, 'hint')
    this.suggestion = help.suggestion
    this.vertex = vertex
    this.step = vertex.name
    this.range = help.range ?? vertex.range
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
