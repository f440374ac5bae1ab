import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UsageError } from '../invocation/usage-error.ts'
import type { BuildFlags } from './build-flags.ts'

/** Throws `UsageError` for `--report` of a call that builds nothing. */
export function refuseReport({ report }: Pick<BuildFlags, 'report'>): void {
  if (report !== undefined)
    throw new UsageError('--report is about a build, and this call builds nothing', { hint: 'leave --report out' })
}

/**
 * Absolute path of the page about a build. Throws `UsageError` where it cannot be written later.
 */
export function readReportFile(file: string, cwd: string): string {
  if (file === '-')
    throw new UsageError('--report - would mix the page with other output', { hint: 'name a file, or /dev/stdout' })
  const path = resolve(cwd, file)
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`cannot write "${file}": its directory does not exist`)
  return path
}
