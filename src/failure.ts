import { codeFrame, findWord, type Position } from '@tsbuild/dockerfile'
import type { ErrorCategory, ErrorCode, TsbuildError } from '@tsbuild/errors'
import { exitCodes } from './exit-codes.ts'
import { listCauses, knownError, formatMessage, ownCode } from './known-error.ts'
import { explainSystemError, inPlainWords } from './system-error.ts'

/** An error as plain data: the last line of `--progress=json`. */
export interface Failure {
  /** Stable; docs/errors.md lists all. */
  readonly code: ErrorCode
  /** Decides the exit code. */
  readonly category: ErrorCategory
  readonly message: string
  /** Exit code of the command line. */
  readonly exitCode: number
  /**
   * Causes, nearest first, without those that only repeat; their messages may be part of `message`.
   */
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
  /** Of tsbuild, of the system (`EACCES`) or of a library. */
  readonly code?: string
  readonly message: string
}

/** Remedies where the error has none. */
const defaultHints: Partial<Record<ErrorCode, string>> = {
  INTERNAL: 'this is a bug in tsbuild: please report it with the stack of this error',
  NO_SPACE: 'free space there',
  OUTPUT_NAME_MISSING: 'name the image',
  PACKAGE_INCOMPLETE:
    'files of tsbuild or of its dependencies are missing: install the package again; a bundler must leave tsbuild out (mark it as external)',
  REGISTRY_DENIED: 'check the name, and that your account may use it',
  REGISTRY_UNAUTHORIZED: 'check the name and the credentials',
}

/** Describes an error that `build`, `plan` or another call rejected with. */
export function describeFailure(error: unknown): Failure {
  const known = knownError(error)
  const { code, category, suggestion, step, processExitCode } = known
  const hint = known.hint ?? systemHint(known) ?? defaultHints[code]
  const [{ message } = { message: known.message }, ...causes] = linksOf(known)
  return {
    code,
    category,
    message,
    exitCode: exitCodes[category],
    causes,
    ...(hint !== undefined && { hint }),
    ...(suggestion !== undefined && { suggestion }),
    ...(step !== undefined && { step }),
    ...(processExitCode !== undefined && { processExitCode }),
    ...findPlace(known),
  }
}

function systemHint(error: TsbuildError): string | undefined {
  const hints = listCauses(error).map((link) => explainSystemError(link)?.hint)
  return hints.find((hint) => hint !== undefined)
}

/** The error and its causes, without links that say the same as the one before. */
function linksOf(error: TsbuildError): readonly FailureCause[] {
  const chain = listCauses(error)
  const links = chain.map((link): FailureCause => {
    const [message, code] = [inPlainWords(formatMessage(link), chain), ownCode(link)]
    return code === undefined ? { message } : { code, message }
  })
  return links.filter(({ code, message }, index) => {
    const before = links[index - 1]
    return message !== before?.message || (code !== undefined && code !== before.code)
  })
}

/** Place of the error, narrowed to the word at fault where the text is known and contains it. */
function findPlace({ range, source, word }: TsbuildError): Partial<Failure> {
  if (range === undefined) return {}
  const place = (source && word && findWord(source.text.split(/\r?\n/), range, word)) || range
  return {
    file: source?.name ?? 'Dockerfile',
    line: place.start.line,
    column: place.start.column,
    end: place.end,
    ...(source && { frame: codeFrame(source.text, place) }),
  }
}
