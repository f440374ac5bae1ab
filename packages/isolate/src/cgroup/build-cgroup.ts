import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolationError } from '../model/errors.ts'
import { readProcesses } from './cgroup-files.ts'
import type { CgroupPlace } from './find-cgroup.ts'
import type { Controller } from './limits.ts'
import { removeCgroup, removeEmptyCgroup } from './remove-cgroup.ts'

/** Names of new groups. They differ from those of all other callers. */
export interface CgroupNames {
  readonly build: string
  /** Group for the processes that make room. */
  readonly callers: string
}

/**
 * A control group in which each process of a caller gets one of its own. Disposing kills what is in
 * it.
 */
export class BuildCgroup implements AsyncDisposable {
  readonly directory: string

  private constructor(directory: string) {
    this.directory = directory
  }

  /** Makes the group, after what stands in its way has moved. Throws `LIMITS_FAILED`. */
  static make(
    { directory, controllers, toEnable, occupied }: CgroupPlace,
    { build, callers }: CgroupNames,
  ): BuildCgroup {
    const made = join(directory, build)
    try {
      if (occupied && toEnable.length > 0) makeRoom(directory, join(directory, callers), toEnable)
      else passOn(directory, toEnable)
      mkdirSync(made)
      passOn(made, controllers)
    } catch (cause) {
      removeEmptyCgroup(made)
      throw new IsolationError('LIMITS_FAILED', `cannot make the control group ${made}: ${readMessage(cause)}`, {
        cause,
      })
    }
    return new BuildCgroup(made)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeCgroup(this.directory)
  }
}

/** Names of the control groups in a directory. */
export function cgroupsIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  } catch {
    return []
  }
}

/**
 * Moves the processes of a group into `room`, until the group can pass controllers on: meanwhile
 * they may start others.
 */
function makeRoom(directory: string, room: string, controllers: readonly Controller[]): void {
  mkdirSync(room)
  for (let rounds = 100; ; rounds--) {
    for (const pid of readProcesses(directory)) move(pid, room)
    try {
      return passOn(directory, controllers)
    } catch (error) {
      if (rounds === 0 || !hasCode(error, 'EBUSY')) throw error
    }
  }
}

function move(pid: number, room: string): void {
  try {
    writeFileSync(join(room, 'cgroup.procs'), String(pid))
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error
  }
}

function passOn(directory: string, controllers: readonly Controller[]): void {
  if (controllers.length === 0) return
  writeFileSync(join(directory, 'cgroup.subtree_control'), controllers.map((name) => `+${name}`).join(' '))
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
