import type { ProcessResult } from '@tsbuild/isolate'
import { quoteGo } from '@tsbuild/dockerfile'
import type { RunMount } from '../../graph/op.ts'

/** A process of RUN failed, or one of its requests cannot be met. */
export class RunError extends Error {
  override readonly name = 'RunError'
  readonly code:
    | 'NUL_BYTE'
    | 'RUN_FAILED'
    | 'RUN_OUT_OF_MEMORY'
    | 'PLATFORM_UNSUPPORTED'
    | 'SECRET_NOT_FOUND'
    | 'SECRET_TOO_LARGE'
    | 'SSH_NOT_FOUND'
    | 'DEVICE_NOT_FOUND'
    | 'DEVICE_NOT_ALLOWED'
    | 'DEVICE_UNSUPPORTED'
  readonly hint: string | undefined
  /** Of the process, where one ended. */
  readonly exitCode: number | undefined
  /** Of the RUN, where it is about one. */
  readonly mount: RunMount | undefined

  constructor(
    code: RunError['code'],
    message: string,
    options: ErrorOptions & { readonly hint?: string; readonly exitCode?: number; readonly mount?: RunMount } = {},
  ) {
    super(message, options)
    this.code = code
    this.hint = options.hint
    this.exitCode = options.exitCode
    this.mount = options.mount
  }

  /** The error for a process that ended with another code than 0, worded as BuildKit words it. */
  static ofProcess(args: readonly string[], { exitCode, signal, outOfMemory }: ProcessResult): RunError {
    const reason = outOfMemory ? ' (killed: out of memory)' : signal ? ` (killed by ${signal})` : ''
    const message = `process ${quoteGo(args.join(' '))} did not complete successfully: exit code: ${exitCode}${reason}`
    const hint = outOfMemory ? 'give the build more memory, or reduce the memory use of the command' : exitCodeHint(exitCode)
    return new RunError(outOfMemory ? 'RUN_OUT_OF_MEMORY' : 'RUN_FAILED', message, { exitCode, ...(hint ? { hint } : {}) })
  }
}

function exitCodeHint(exitCode: number): string | undefined {
  if (exitCode === 127) return 'exit code 127 means that a command was not found in the image'
  if (exitCode === 126) return 'exit code 126 means that a command could not be executed: check its mode and its architecture'
  return undefined
}
