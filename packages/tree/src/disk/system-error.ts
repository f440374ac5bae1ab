import { getSystemErrorName } from 'node:util'

/** Failed system call in the form of Node's own errors: `code` is the name of the error number. */
export class SystemError extends Error {
  override readonly name = 'SystemError'
  readonly code: string

  constructor(call: string, path: string, errno: number) {
    const code = getSystemErrorName(-errno)
    super(`${code}: ${call} '${path}'`)
    this.code = code
  }
}

/** The name of the error number of a failed system call, ours or Node's. */
export function readErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
