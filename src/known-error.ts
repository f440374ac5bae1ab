import { classify, codeOf, TsbuildError } from '@tsbuild/errors'
import { inspect } from 'node:util'
import { type CallerPart, findCallerPart } from './caller-error.ts'
import { inPlainWords } from './system-error.ts'

const callerHints: Readonly<Record<CallerPart, string>> = {
  context: 'the stream passed as option "context" threw this error',
  credentials: 'the function passed as option "credentials" threw this error',
  outputs: 'the function passed as "dest" of an output threw this error',
  report: 'the function passed as option "report" threw this error',
}

/**
 * The error with a code for anything that was thrown: the error itself where it has one, the real
 * cause where it only collects others, else a new error.
 */
export function knownError(thrown: unknown): TsbuildError {
  const error = realCause(thrown)
  const chain = listCauses(error)
  const part = chain.map(findCallerPart).find((found) => found !== undefined)
  if (part !== undefined)
    return new TsbuildError('CALLER_FAILED', formatMessage(error), { cause: error, hint: callerHints[part] })
  return error instanceof TsbuildError ? error : wrapped(error, chain)
}

function wrapped(error: unknown, chain: readonly unknown[]): TsbuildError {
  const coded = chain.find((link) => link instanceof TsbuildError)
  const code =
    coded?.code ??
    codeOf(
      chain.find((link) => classify(link) !== undefined),
      'INTERNAL',
    )
  const known = new TsbuildError(code, inPlainWords(formatMessage(error), chain), { cause: error })
  return coded === undefined ? known : known.add(coded)
}

/**
 * The error that matters: the one that a failed clean-up covers up, or the only one of several
 * attempts.
 */
function realCause(thrown: unknown): unknown {
  // By name: lowered code makes its own class of SuppressedError.
  if (thrown instanceof Error && thrown.name === 'SuppressedError' && 'suppressed' in thrown)
    return realCause(thrown.suppressed)
  if (thrown instanceof AggregateError && thrown.errors.length === 1) return realCause(thrown.errors[0])
  return thrown
}

/** The error and its causes, outermost first; bounded, since a chain can be a ring. */
export function listCauses(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  let link = error
  while (link !== undefined && link !== null && chain.length < 10 && !chain.includes(link)) {
    chain.push(link)
    link = causeOf(link)
  }
  return chain
}

function causeOf(link: unknown): unknown {
  if (!(link instanceof Error)) return undefined
  return realCause(link.cause ?? (link instanceof AggregateError ? link.errors[0] : undefined))
}

/** The message; the code or the name for an error without one. */
export function formatMessage(error: unknown): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : inspect(error)
  return error.message || ownCode(error) || error.name
}

/** Code of an error of any origin: `EACCES`. */
export function ownCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
