import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'

// Interface files of control groups (Linux, Documentation/admin-guide/cgroup-v2.rst).

/** Text of an interface file; undefined where it is missing or cannot be read. */
function readCgroup(directory: string, file: string): string | undefined {
  try {
    return readFileSync(join(directory, file), 'utf8')
  } catch {
    return undefined
  }
}

/** Words of an interface file such as `cgroup.controllers`. */
export function readWords(directory: string, file: string): readonly string[] {
  return (readCgroup(directory, file) ?? '').split(/\s+/).filter((word) => word !== '')
}

/** The count of `key` in an interface file such as `memory.events`; 0 where it has none. */
export function readCount(directory: string, file: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readCgroup(directory, file) ?? '')?.[1] ?? 0)
}

/** Processes in the group itself. 0 means those outside of the PID namespace. */
export function readProcesses(directory: string): readonly number[] {
  return readWords(directory, 'cgroup.procs').map(Number)
}

/** Code of the error that keeps this process from writing; undefined where it may. */
export function obstacleToWriting(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    return undefined
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
