import { lutimesSync } from 'node:fs'
import type { HostPath } from './host-path.ts'
import { loadSystemCalls } from './system-calls.ts'

/**
 * Sets the times of a file, in nanoseconds since 1970. If the C library cannot be called, the
 * precision is a microsecond.
 */
export function setTimes(
  path: HostPath,
  { access, change }: { readonly access: bigint; readonly change: bigint },
): void {
  const calls = loadSystemCalls()
  if (calls === undefined) lutimesSync(path, Number(access) / 1e9, Number(change) / 1e9)
  else calls.setTimes(path, access, change)
}
