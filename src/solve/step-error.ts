import type { Range } from '@tsbuild/dockerfile'
import type { Vertex } from '../graph/vertex.ts'

/** What is known of a failure outside of the step. */
export interface StepHelp {
  readonly message?: string
  readonly word?: string
  /** Where the word is, if not in the instruction of the step. */
  readonly range?: Range
  readonly hint?: string
  readonly suggestion?: string
}

/** A step failed. Carries the code and hint of its cause, and the place of the step in the Dockerfile. */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly code: string
  /** What of the instruction is at fault, as it is written there. */
  readonly word: string | undefined
  readonly hint: string | undefined
  /** What may have been meant by it. */
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
