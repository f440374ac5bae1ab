import { codeFrame, findWord, type Position, type Range } from '@tsbuild/dockerfile'
import { type CallerPart, callerPartOf } from './caller-error.ts'
import { exitCodes } from './exit-codes.ts'
import { explainSystemError, inPlainWords } from './system-error.ts'

/**
 * Everything there is to say about an error, as plain data: what `--progress=json` prints as its
 * last line.
 */
export interface Failure {
  /**
   * Stable. `INTERNAL` for a fault of tsbuild, `CALLER_FAILED` for an error without code of the
   * caller's own function.
   */
  readonly code: string
  readonly message: string
  /** Exit code of the command line. */
  readonly exitCode: number
  /** Causes, nearest first; their messages may be part of `message`. */
  readonly causes: readonly FailureCause[]
  /** Remedy. */
  readonly hint?: string
  /**
   * Likely intended text instead of the one between `line`, `column` and `end`, or of the word in
   * the message.
   */
  readonly suggestion?: string
  /** The step that failed, as progress names it. */
  readonly step?: string
  /** Exit code of the process of a RUN. */
  readonly processExitCode?: number
  /** File at fault: the Dockerfile, or its ignore file, by the caller's name for it. */
  readonly file?: string
  /** From 1. */
  readonly line?: number
  /** From 1, in UTF-16 units. */
  readonly column?: number
  /** Just behind the last character. */
  readonly end?: Position
  /** The lines around it with a caret, for people. Safe to print. */
  readonly frame?: string
}

/** One link in the chain of causes. */
export interface FailureCause {
  readonly code?: string
  readonly message: string
}

/** Codes of usage errors, ours and commander's. */
const usageCodes =
  /^(USAGE$|commander\.|(OPTION_INVALID|OUTPUT_CONFLICT|OUTPUT_NAME_MISSING|ANNOTATION_INVALID|CONTEXT_NOT_FOUND|DOCKERFILE_NOT_FOUND)$)/
/** RUN cannot be isolated on this machine. */
const isolationCodes = /^(RUNG_|NO_RUNG|ISOLATION)/
/**
 * Codes of the registry client, of downloads and git, of the system's network calls, of undici, and
 * of TLS.
 */
const networkCodes =
  /^(REGISTRY_|CREDENTIALS_|SOURCE_REFUSED$|SOURCE_UNREACHABLE$|GIT_UNREACHABLE$|UND_ERR_|CERT_|ERR_TLS_|(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$)/

/** Codes of Node for files that are not where the published package has them. */
const packagingCodes = /^(ERR_)?MODULE_NOT_FOUND$/

const reportHint = 'this is a bug in tsbuild: please report it with the stack that TSBUILD_DEBUG=1 prints'
const packagingHint =
  'files of tsbuild or of its dependencies are missing: install the package again; a bundler must leave tsbuild out (mark it as external)'
const callerHints: Readonly<Record<CallerPart, string>> = {
  context: 'the stream passed as option "context" threw this error',
  credentials: 'the function passed as option "credentials" threw this error',
  outputs: 'the function passed as "dest" of an output threw this error',
  report: 'the function passed as option "report" threw this error',
}

/**
 * Says everything about an error that `build`, `plan` or another call rejected with. The outermost
 * link in the chain of causes that knows a fact decides.
 */
export function describeFailure(error: unknown): Failure {
  const chain = chainOf(error)
  const [message = 'unknown error', ...causes] = chain.map((link) => inPlainWords(messageOf(link), chain))
  const text = (key: string): string | undefined => first(chain, (link) => textOf(link, key))
  const part = first(chain, callerPartOf)
  const code = text('code') ?? (part === undefined ? 'INTERNAL' : 'CALLER_FAILED')
  const facts = {
    hint: text('hint') ?? hintFor(code, part) ?? first(chain, (link) => explainSystemError(link)?.hint),
    suggestion: text('suggestion'),
    step: text('step'),
    processExitCode: first(chain, (link) => numberOf(link, 'exitCode')),
    ...placeOf(chain),
  }
  return {
    code,
    message,
    exitCode: part === undefined ? exitCodeOf(chain) : exitCodes.failed,
    causes: causes.map((text, index) => ({
      ...withoutUndefined({ code: textOf(chain[index + 1], 'code') }),
      message: text,
    })),
    ...withoutUndefined(facts),
  }
}

function hintFor(code: string, part: CallerPart | undefined): string | undefined {
  if (part !== undefined) return callerHints[part]
  if (packagingCodes.test(code)) return packagingHint
  return code === 'INTERNAL' ? reportHint : undefined
}

/** The exit code that the first telling code in the chain of causes asks for; 1 without one. */
function exitCodeOf(chain: readonly unknown[]): number {
  const told = first(chain, (link) => {
    const code = textOf(link, 'code') ?? ''
    if (usageCodes.test(code)) return exitCodes.usage
    if (isolationCodes.test(code)) return exitCodes.isolation
    if (code === 'ABORTED') return exitCodes.interrupted
    return networkCodes.test(code) ? exitCodes.network : undefined
  })
  return told ?? exitCodes.failed
}

/**
 * Place in the chain of causes, narrowed to the word at fault where the text is known and contains
 * it.
 */
function placeOf(chain: readonly unknown[]): Partial<Pick<Failure, 'file' | 'line' | 'column' | 'end' | 'frame'>> {
  const range = first(chain, rangeOf)
  if (range === undefined) return {}
  const source = first(chain, sourceOf)
  const word = first(chain, (link) => textOf(link, 'word'))
  const place = (source && word && findWord(source.text.split(/\r?\n/), range, word)) || range
  return {
    file: source?.name ?? 'Dockerfile',
    line: place.start.line,
    column: place.start.column,
    end: place.end,
    ...(source && { frame: codeFrame(source.text, place) }),
  }
}

/** The error and its causes, outermost first; bounded, since a chain can be a ring. */
function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  let link = error
  while (link !== undefined && link !== null && chain.length < 10 && !chain.includes(link)) {
    chain.push(link)
    link =
      link instanceof AggregateError && link.cause === undefined
        ? link.errors[0]
        : link instanceof Error
          ? link.cause
          : undefined
  }
  return chain
}

function first<T>(chain: readonly unknown[], pick: (link: unknown) => T | undefined): T | undefined {
  for (const link of chain) {
    const found = pick(link)
    if (found !== undefined) return found
  }
  return undefined
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || (textOf(error, 'code') ?? error.name)
}

function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function textOf(value: unknown, key: string): string | undefined {
  const text = propertyOf(value, key)
  return typeof text === 'string' ? text : undefined
}

function numberOf(value: unknown, key: string): number | undefined {
  const number = propertyOf(value, key)
  return typeof number === 'number' ? number : undefined
}

function sourceOf(value: unknown): { readonly name: string; readonly text: string } | undefined {
  const source = propertyOf(value, 'source')
  const [name, text] = [textOf(source, 'name'), textOf(source, 'text')]
  return name === undefined || text === undefined ? undefined : { name, text }
}

function rangeOf(value: unknown): Range | undefined {
  const range = propertyOf(value, 'range')
  const [start, end] = [positionOf(propertyOf(range, 'start')), positionOf(propertyOf(range, 'end'))]
  return start && end && { start, end }
}

function positionOf(value: unknown): Position | undefined {
  const [line, column] = [numberOf(value, 'line'), numberOf(value, 'column')]
  return line === undefined || column === undefined ? undefined : { line, column }
}

/** The properties that have a value, as optional ones. */
function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, property]) => property !== undefined)
  return Object.assign({}, ...entries.map(([key, property]) => ({ [key]: property })))
}
