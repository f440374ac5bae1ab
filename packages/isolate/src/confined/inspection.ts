import type { Credentials } from '../listener/credentials.ts'
import type { Process } from './processes.ts'

/**
 * True for a process into which another may look, and which it may trace (ptrace(2) § Ptrace access
 * mode checking). A program that is being loaded counts: its memory exists before its credentials.
 */
export function mayInspect(caller: Process, target: Process): boolean {
  if (caller === target || caller.credentials.privileged) return true
  const { user, group } = caller.credentials
  const isOwn = (other: Credentials): boolean =>
    Object.values(other.user).every((id) => id === user.real) &&
    Object.values(other.group).every((id) => id === group.real)
  return isOwn(target.credentials) && (target.loading === undefined || isOwn(target.loading.credentials))
}

/** Files of a process in /proc that only those who may inspect it can use (proc(5)). */
const privateFiles: ReadonlySet<string> = new Set([
  'auxv',
  'clear_refs',
  'cwd',
  'environ',
  'exe',
  'fd',
  'fdinfo',
  'io',
  'map_files',
  'maps',
  'mem',
  'ns',
  'numa_maps',
  'pagemap',
  'personality',
  'root',
  'smaps',
  'smaps_rollup',
  'stack',
  'syscall',
  'timers',
])

/** True for a file of a process in /proc that another process may use. */
export function maySeeFile(name: string, caller: Process, target: Process): boolean {
  return !privateFiles.has(name) || mayInspect(caller, target)
}
