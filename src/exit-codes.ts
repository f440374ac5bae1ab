import type { ErrorCategory } from '@tsbuild/errors'

/** Exit codes of the command line, by the category of the error. A stable contract. */
export const exitCodes = {
  done: 0,
  build: 1,
  internal: 1,
  usage: 2,
  isolation: 3,
  network: 4,
  aborted: 130,
} as const satisfies Readonly<Record<ErrorCategory | 'done', number>>
