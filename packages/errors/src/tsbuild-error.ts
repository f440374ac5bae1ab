import { categoryOfCode, type ErrorCategory, type ErrorCode } from './codes.ts'
import { classify } from './foreign.ts'
import type { Range, SourceText } from './place.ts'

/** Facts about a failure besides code and message. */
export interface ErrorFacts {
  /** Remedy. */
  readonly hint?: string | undefined
  /** Likely intended text instead of `word`, or of a word in the message. */
  readonly suggestion?: string | undefined
  /** Place in `source`. */
  readonly range?: Range | undefined
  /** Part of the range at fault, as written there. */
  readonly word?: string | undefined
  readonly source?: SourceText | undefined
  /** Step of the build, as progress names it: `[build 2/5] RUN npm ci`. */
  readonly step?: string | undefined
  /** Exit code of the process of a RUN. */
  readonly processExitCode?: number | undefined
}

/** Facts of a new error, and the error behind it. */
export interface ErrorDetails extends ErrorFacts {
  readonly cause?: unknown
}

const factNames = [
  'hint',
  'suggestion',
  'range',
  'word',
  'source',
  'step',
  'processExitCode',
] as const satisfies readonly (keyof ErrorFacts)[]

/**
 * An error with a stable code. A new error has the facts that it is given and, for the rest, those
 * of its cause; callers on its way out `add` what only they know.
 */
export class TsbuildError<Code extends ErrorCode = ErrorCode> extends Error implements ErrorFacts {
  override readonly name: string = 'TsbuildError'
  readonly code: Code
  /** Decides the exit code of the command line. */
  readonly category: ErrorCategory
  declare readonly hint: ErrorFacts['hint']
  declare readonly suggestion: ErrorFacts['suggestion']
  declare readonly range: ErrorFacts['range']
  declare readonly word: ErrorFacts['word']
  /** Not enumerable: a log of the error does not need the file. */
  declare readonly source: ErrorFacts['source']
  declare readonly step: ErrorFacts['step']
  declare readonly processExitCode: ErrorFacts['processExitCode']

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    const { cause } = details
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.category = categoryOf(code, cause)
    this.add(details)
    if (cause instanceof TsbuildError) this.add(cause)
  }

  /** Adds facts that the error does not have yet. Returns the error itself. */
  add(facts: ErrorFacts): this {
    for (const name of factNames) {
      const value = facts[name]
      if (this[name] !== undefined || value === undefined) continue
      Object.defineProperty(this, name, { value, enumerable: name !== 'source', configurable: true })
    }
    return this
  }
}

/** The code of a cause, for an error that only adds to its message. */
export function codeOf(cause: unknown, otherwise: ErrorCode): ErrorCode {
  return cause instanceof TsbuildError ? cause.code : (classify(cause) ?? otherwise)
}

function categoryOf(code: ErrorCode, cause: unknown): ErrorCategory {
  const own = categoryOfCode(code)
  // An error of the caller's own code is a failed build, also a network error.
  if (own !== 'build' || code === 'CALLER_FAILED') return own
  const category = cause instanceof TsbuildError ? cause.category : categoryOfCode(classify(cause) ?? code)
  return category === 'internal' ? own : category
}
