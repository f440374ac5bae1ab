import { readFileSync } from 'node:fs'

/**
 * Number of processes that the kernel has killed for want of memory: in this process's control
 * group (v2 or v1) where that can be read, else on the whole machine. Only differences mean
 * something.
 */
export function outOfMemoryKills(): number {
  for (const { path, pattern } of counters()) {
    const count = pattern.exec(readOr(path, ''))?.[1]
    if (count !== undefined) return Number(count)
  }
  return 0
}

function counters(): readonly { readonly path: string; readonly pattern: RegExp }[] {
  const groups = readOr('/proc/self/cgroup', '')
  const unified = /^0::(.*)$/m.exec(groups)?.[1]
  const memory = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(groups)?.[1]
  return [
    ...(unified === undefined
      ? []
      : [{ path: `/sys/fs/cgroup${unified}/memory.events`, pattern: /^oom_kill (\d+)$/m }]),
    ...(memory === undefined
      ? []
      : [{ path: `/sys/fs/cgroup/memory${memory}/memory.oom_control`, pattern: /^oom_kill (\d+)$/m }]),
    { path: '/proc/vmstat', pattern: /^oom_kill (\d+)$/m },
  ]
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return otherwise
  }
}
