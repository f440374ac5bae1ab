import { readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { readCount, readProcesses } from './cgroup-files.ts'

/** Milliseconds in which killed processes end: they may be writing to a slow disk. */
const patience = 30_000
const pause = 5

/** Kills every process in a control group and in the groups below. They end soon after. */
export function killCgroup(directory: string): void {
  try {
    writeFileSync(join(directory, 'cgroup.kill'), '1', { flag: 'r+' })
  } catch {
    // Kernels before 5.14 lack it, or the group has been removed. Forks can outrun this; removal
    // repeats it.
    for (const group of [directory, ...listChildren(directory)]) readProcesses(group).forEach(killProcess)
  }
}

/**
 * Ends what runs in a control group and removes it with the groups below. A group that is gone
 * counts as removed.
 */
export async function removeCgroup(directory: string): Promise<void> {
  const until = Date.now() + patience
  for (;;) {
    killCgroup(directory)
    if (readCount(directory, 'cgroup.events', 'populated') === 0 && removeEmptyCgroup(directory)) return
    if (Date.now() > until) return
    await setTimeout(pause)
  }
}

/** Removes control groups without processes. False if one is in use. */
export function removeEmptyCgroup(directory: string): boolean {
  for (const group of [...listChildren(directory).toReversed(), directory]) {
    try {
      rmdirSync(group)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return false
    }
  }
  return true
}

/** Groups below, outermost first. */
function listChildren(directory: string): readonly string[] {
  try {
    const children = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return children.flatMap(({ name }) => [join(directory, name), ...listChildren(join(directory, name))])
  } catch {
    return []
  }
}

function killProcess(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}
