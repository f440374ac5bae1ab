import { constants } from 'node:os'
import type { Ending } from './ending.ts'
import { outOfMemoryKills } from './out-of-memory.ts'
import type { ProcessResult } from '../model/process.ts'

/** Waits for a process that the calling one has just started. */
export async function awaitResult(ended: Promise<Ending>): Promise<ProcessResult> {
  const before = outOfMemoryKills()
  return processResult(await ended, { before, after: outOfMemoryKills() })
}

/**
 * The result of a process from how it ended and how often the kernel ran out of memory before and
 * after.
 */
export function processResult(
  ending: Ending,
  outOfMemoryKills: { readonly before: number; readonly after: number },
): ProcessResult {
  const exitCode = 'code' in ending ? ending.code : 128 + ending.signal
  const signal = 'signal' in ending ? signalName(ending.signal) : undefined
  // A shell passes on the death of its child as 137.
  const outOfMemory = exitCode === 128 + constants.signals.SIGKILL && outOfMemoryKills.after > outOfMemoryKills.before
  return { exitCode, outOfMemory, ...(signal !== undefined && { signal }) }
}

function signalName(number: number): NodeJS.Signals | undefined {
  const names: readonly (readonly [string, number])[] = Object.entries(constants.signals)
  const name = names.find(([, value]) => value === number)?.[0]
  return name !== undefined && isSignal(name) ? name : undefined
}

function isSignal(name: string): name is NodeJS.Signals {
  return name in constants.signals
}
