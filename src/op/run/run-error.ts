import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import type { ProcessResult } from '@tsbuild/isolate'
import { quoteGo } from '@tsbuild/dockerfile'
import type { RunMount } from '../../graph/op.ts'

export type RunErrorCode =
  | 'NUL_BYTE'
  | 'RUN_FAILED'
  | 'RUN_OUT_OF_MEMORY'
  | 'RUN_PIDS_LIMIT'
  | 'PLATFORM_UNSUPPORTED'
  | 'SECRET_NOT_FOUND'
  | 'SECRET_TOO_LARGE'
  | 'SSH_NOT_FOUND'
  | 'DEVICE_NOT_FOUND'
  | 'DEVICE_NOT_ALLOWED'
  | 'DEVICE_UNSUPPORTED'

/** A process of RUN failed, or one of its requests cannot be met. */
export class RunError extends TsbuildError<RunErrorCode> {
  override readonly name = 'RunError'
  /** Of the RUN, where it is about one. */
  readonly mount: RunMount | undefined

  constructor(code: RunErrorCode, message: string, options: ErrorDetails & { readonly mount?: RunMount } = {}) {
    super(code, message, options)
    this.mount = options.mount
  }

  /** The error for a process that ended with another code than 0, worded as BuildKit words it. */
  static ofProcess(args: readonly string[], result: ProcessResult): RunError {
    const { exitCode } = result
    const {
      code,
      reason,
      hint = commandHint(args.at(-1) ?? '', exitCode) ?? exitCodeHint(exitCode),
    } = findCause(result)
    const message = `process ${quoteGo(args.join(' '))} did not complete successfully: exit code: ${exitCode}${reason && ` (${reason})`}`
    return new RunError(code, message, { processExitCode: exitCode, hint })
  }
}

interface Cause {
  readonly code: RunErrorCode
  readonly reason: string
  readonly hint: string | undefined
}

function findCause({ signal, outOfMemory, reached }: ProcessResult): Cause {
  if (reached?.limit === 'pids') {
    const hint = 'raise the limit, or let the command start fewer processes at a time (make -j)'
    return {
      code: 'RUN_PIDS_LIMIT',
      reason: `killed: it reached the limit of ${reached.value} processes and threads, --pids-limit`,
      hint,
    }
  }
  const limit = reached ? `, it reached the limit of ${formatSize(reached.value)}, --memory` : ''
  const more = reached ? 'raise the limit' : 'give the build more memory'
  const hint = `${more}, or reduce the memory use of the command`
  if (outOfMemory) return { code: 'RUN_OUT_OF_MEMORY', reason: `killed: out of memory${limit}`, hint }
  return { code: 'RUN_FAILED', reason: signal ? `killed by ${signal}` : '', hint: undefined }
}

function formatSize(bytes: number): string {
  return bytes % (1 << 20) === 0 ? `${bytes / (1 << 20)} MiB` : `${bytes} bytes`
}

/** Syntax errors that a shell reports itself. */
function commandHint(command: string, exitCode: number): string | undefined {
  // The command `[ "$A" = b ]` ends with 1 when it is false.
  if (exitCode !== 1 && /^\[\s*["'].*\]$/s.test(command))
    return 'the JSON form needs double quotes and commas: RUN ["a", "b"]'
  if (/(&&|\|\|?)$/.test(command)) return 'to continue the command on the next line, end this one with \\'
  return undefined
}

function exitCodeHint(exitCode: number): string | undefined {
  if (exitCode === 127) return 'exit code 127 means that a command was not found in the image'
  if (exitCode === 126)
    return 'exit code 126 means that a command could not be executed: check its mode and its architecture'
  return undefined
}
