import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names this process for ever: its id, when it started, and where ids mean anything (boot and PID
 * namespace), joined by `-`. Part of the names of files that other processes must recognise as
 * abandoned.
 */
export function currentOwner(): string {
  return `${process.pid}-${readStat(process.pid)?.started ?? 0}-${idDomain()}`
}

/**
 * True if the process of a `currentOwner` text still runs. Undefined if its ids are of another
 * machine or PID namespace, or the text is malformed.
 */
export function checkLiveness(owner: string): 'alive' | 'dead' | 'unknown' {
  const [, pid, started, domain] = /^(\d+)-(\d+)-(.+)$/.exec(owner) ?? []
  if (pid === undefined || domain !== idDomain()) return 'unknown'
  if (!processExists(Number(pid))) return 'dead'
  const stat = readStat(Number(pid))
  // Not readable (hidepid): the id is in use, so keep away from it.
  if (stat === undefined) return 'alive'
  const ended = stat.state === 'Z' || stat.state === 'X'
  return ended || stat.started !== started ? 'dead' : 'alive'
}

/**
 * Ids are compared only inside one PID namespace of one boot: containers that share a store do not
 * see each other's processes.
 */
function idDomain(): string {
  try {
    const namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')
    return `${namespace}-${readBootId()}`
  } catch {
    return 'host'
  }
}

/** True if the process of a `currentOwner` text runs, or ran, on this kernel since it booted. */
export function isOfThisKernel(owner: string): boolean {
  try {
    return owner.endsWith(`-${readBootId()}`)
  } catch {
    return false
  }
}

function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)
}

/**
 * proc_pid_stat(5): the state is the first field after the name, the start time in clock ticks the
 * twentieth. The name may hold anything.
 */
function readStat(pid: number): { readonly state: string; readonly started: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', started: fields[19] ?? '' }
  } catch {
    return undefined
  }
}

function processExists(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
