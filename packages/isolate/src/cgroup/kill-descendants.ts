import { readdirSync, readFileSync } from 'node:fs'

/**
 * Kills everything the calling process has started and has not waited for, orphans it adopted
 * included, until nothing is left.
 */
export function killDescendants(): void {
  for (let living = descendants(); living.length > 0; living = descendants()) {
    for (const pid of living) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
  }
}

/**
 * Process ids of everything the calling process has started and that has not ended, orphans it
 * adopted included.
 */
export function descendants(): readonly number[] {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)))
  const found = new Set([process.pid])
  // Parents may have higher numbers than their children, so go on until no more are found.
  for (let size = 0; size !== found.size; ) {
    size = found.size
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid)
  }
  return processes.filter(({ pid, dead }) => found.has(pid) && pid !== process.pid && !dead).map(({ pid }) => pid)
}

/** proc_pid_stat(5): state and parent follow the name, which may hold anything. */
function readProcess(
  pid: number,
): readonly { readonly pid: number; readonly parent: number; readonly dead: boolean }[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return [{ pid, parent: Number(parent), dead: state === 'Z' || state === 'X' }]
  } catch {
    return []
  }
}
