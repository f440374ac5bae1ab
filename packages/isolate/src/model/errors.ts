import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import type { Obstacle } from './obstacle.ts'

/** Kinds of failures before the process runs. */
export type IsolationErrorCode =
  /** The named rung does not exist or does not work here. */
  | 'RUNG_UNAVAILABLE'
  /** The rung works, but not for what was asked. */
  | 'RUNG_CANNOT'
  /** A system call before the program failed. */
  | 'LAUNCH_FAILED'
  | 'EXEC_NOT_FOUND'
  | 'EXEC_FORMAT'
  | 'EXEC_DENIED'
  | 'USER_NOT_FOUND'
  | 'BAD_ULIMIT'
  | 'BAD_HOST'
  /** The kernel refuses a control group, or the value of a limit. */
  | 'LIMITS_FAILED'
  /** The thread that answers a process's system calls ended too early. */
  | 'SUPERVISOR_FAILED'

/** A process could not be started. A process that ran and failed is a result, never this. */
export class IsolationError extends TsbuildError<IsolationErrorCode> {
  override readonly name = 'IsolationError'
  /** The restrictions behind it, as far as known. */
  readonly obstacles: readonly Obstacle[]

  constructor(
    code: IsolationErrorCode,
    message: string,
    options: ErrorDetails & { readonly obstacles?: readonly Obstacle[] } = {},
  ) {
    super(code, message, options)
    this.obstacles = options.obstacles ?? []
  }
}
