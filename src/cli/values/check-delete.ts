import { realpathSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { OutputRequest } from './specs/parse-output.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** Values of `--allow` for directories that `mode=delete` would not clear otherwise. */
export const deleteGrant = 'buildx.local.delete'

/**
 * Throws `UsageError` when an output would delete what is in a directory that is not below the
 * working directory, symlinks followed: a slip of the pen in `dest=` must not cost somebody their
 * home.
 */
export function checkDelete(outputs: readonly OutputRequest[], cwd: string, grants: readonly string[]): void {
  if (grants.includes(deleteGrant)) return
  const home = realPath(cwd)
  for (const output of outputs) {
    if (output.kind !== 'local' || output.mode !== 'delete') continue
    const way = relative(home, realPath(output.dest))
    if (way !== '' && way !== '..' && !way.startsWith(`..${sep}`)) continue
    throw new UsageError(`local output mode=delete for destination "${output.dest}" requires --allow=${deleteGrant}`)
  }
}

/** The path without symlinks, as far as it exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPath(parent), basename(path))
  }
}
