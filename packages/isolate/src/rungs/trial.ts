import { existsSync } from 'node:fs'
import { release } from 'node:os'
import { isSince } from '../machine/kernel-version.ts'
import { IsolationError } from '../model/errors.ts'
import type { Call } from '../machine/call.ts'
import type { Obstacle } from '../model/obstacle.ts'
import type { Availability, ProcessSpec } from '../model/process.ts'

/** A process that a probe prepares and never executes. */
export function trialProcess(rootfs: string): ProcessSpec {
  return {
    rootfs,
    args: [],
    env: [],
    cwd: '/',
    user: { uid: 0, gid: 0, groups: [] },
    mounts: [],
    hostname: 'probe',
    network: 'default',
    security: 'sandbox',
    extraHosts: [],
    ulimits: [],
  }
}

/** Ends a trial where the program would begin. */
export const endTrial: Call = { name: 'exit_group', args: [0], purpose: 'exit' }

/** The outcome of a trial; `hint` is for failures that bring none. */
export async function availability(tryIt: () => Promise<unknown>, hint?: string): Promise<Availability> {
  if (!existsSync('/dev/null'))
    return {
      available: false,
      reason: '/dev/null is missing',
      hint: 'give this sandbox or container a /dev with at least null, zero, random and urandom',
    }
  try {
    await tryIt()
    return { available: true }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const help = (error instanceof IsolationError ? error.hint : undefined) ?? kernelHint() ?? hint
    const named = error instanceof IsolationError ? error.obstacles : []
    const obstacles = kernelHint() === undefined ? named : oldKernel()
    return {
      available: false,
      reason,
      ...(help !== undefined && { hint: help }),
      ...(obstacles.length !== 0 && { obstacles }),
    }
  }
}

/** The obstacle that other restrictions hide: a rung may need more than the kernel has. */
export function oldKernel(): readonly Obstacle[] {
  return kernelHint() === undefined ? [] : ['kernel']
}

/** Sandboxes that imitate Linux, as gVisor, call themselves by the number of an old kernel. */
function kernelHint(): string | undefined {
  if (isSince(5, 12)) return undefined
  return `it needs Linux 5.12 or newer; this kernel, or the sandbox that imitates one, is ${release()}`
}
