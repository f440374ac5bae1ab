import type { SyscallName } from './syscalls.ts'

/**
 * A value passed to a system call: a number, or the address of data. Strings end with a zero byte.
 */
export type Argument =
  | number
  | bigint
  | string
  | Uint8Array
  /**
   * The address of words of 64 bits, which may be addresses again: `char *[]`, structures with
   * pointers.
   */
  | { readonly words: readonly Argument[] }
  /**
   * The address of a byte of data that is also passed elsewhere: the kernel writes into it, a later
   * call reads it.
   */
  | { readonly data: Uint8Array; readonly offset: number }

/** One system call of a launch. */
export interface Call {
  readonly name: SyscallName
  readonly args: readonly Argument[]
  /** For the error message: an infinitive, `mount proc on /proc`. */
  readonly purpose: string
  /** Errors after which the launch goes on. Default: none. */
  readonly ignore?: 'all' | readonly Errno[]
  /**
   * The calls instead of the rest when the result is neither 0 nor an error: the parent's
   * side of `clone`. Never returns.
   */
  readonly otherwise?: readonly Call[]
}

/** Errors that plans tell apart; same numbers on every processor. */
export const errno = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  E2BIG: 7,
  ENOEXEC: 8,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENOTDIR: 20,
  EINVAL: 22,
  EROFS: 30,
  ENOSYS: 38,
} as const

export type Errno = keyof typeof errno
