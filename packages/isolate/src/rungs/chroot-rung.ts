import { spawn } from 'node:child_process'
import { closeSync, constants, existsSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { cannotFollow, chrootIsolator } from './chroot.ts'
import { adoptOrphans } from '../machine/children.ts'
import type { Call } from '../machine/call.ts'
import { lacksIds, tooFewIds } from '../model/id-map.ts'
import { awaitEnding } from '../launcher/ending.ts'
import { startLauncher } from '../launcher/start.ts'
import { IsolationError } from '../model/errors.ts'
import { loadLibc } from '../machine/libc.ts'
import { capability, capabilitySet } from '../plan/capabilities.ts'
import { planChangedRoot } from '../plan/chroot.ts'
import { effectiveCapabilities, readHost } from '../plan/host.ts'
import { awaitResult } from '../launcher/process-result.ts'
import type { Rung } from './rung.ts'
import { availability, endTrial, oldKernel, trialProcess } from './trial.ts'

const { CHOWN, DAC_OVERRIDE, FOWNER, MKNOD, SETGID, SETPCAP, SETUID, SYS_CHROOT } = capability
const needed = { CHOWN, DAC_OVERRIDE, FOWNER, MKNOD, SETGID, SETPCAP, SETUID, SYS_CHROOT }

/**
 * Root in a container that may not mount, where no supervisor can answer calls, as in gVisor. Files
 * are real, mounts are imitated.
 */
export const chrootRung: Rung = {
  name: 'chroot',
  userXattrs: false,
  ledger: 'none',
  mounts: false,
  emulators: 'none',
  loses:
    'processes share the host name, process table and network of the container; mounts are copies, secrets too, nothing is read-only, steps run one at a time, and there is no /proc',
  probe: async ({ directory }) => {
    const missing = Object.entries(needed).filter(
      ([, number]) => (effectiveCapabilities() & capabilitySet([number])) === 0n,
    )
    if (lacksIds()) return { available: false, reason: tooFewIds, obstacles: ['few-ids'] }
    if (missing.length > 0)
      return {
        available: false,
        reason: `capabilities are missing: ${missing.map(([name]) => name).join(', ')}`,
        hint: asContainer,
        obstacles: ['default-capabilities', ...oldKernel()],
      }
    return availability(async () => {
      const attempt = (calls: readonly Call[]): Promise<unknown> =>
        startLauncher([...calls, endTrial], { scratch: directory, stdio: ['ignore', 'ignore', 'ignore'] }).ended
      tryDevice(join(directory, 'null'))
      await attempt(planChangedRoot(trialProcess(directory), readHost(loadLibc().landlockAbi())))
      if ((effectiveCapabilities() & capabilitySet([capability.SYS_ADMIN])) !== 0n) return
      if (!existsSync('/proc/self/stat')) throw cannotFollow()
      await attempt([adoptOrphans]).catch(() => {
        throw cannotFollow()
      })
    }, asContainer)
  },
  start: async ({ args: [program = '', ...args], env }) => {
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const
    const child = spawn(program, args, { stdio: [...stdio], env, serialization: 'advanced', detached: true })
    return { child, ended: awaitResult(awaitEnding(child)) }
  },
  isolator: chrootIsolator,
}

/** Makes and opens a device, as a step would. Throws where the file system refuses that. */
function tryDevice(path: string): void {
  try {
    loadLibc().makeNode(path, constants.S_IFCHR | 0o600, statSync('/dev/null').rdev)
    closeSync(openSync(path, 'r'))
  } catch (cause) {
    throw new IsolationError(
      'RUNG_UNAVAILABLE',
      `device files do not work in the store: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        hint: 'put the store (--root) on a file system with devices, as docker run --tmpfs DIRECTORY:exec,dev',
        cause,
      },
    )
  }
}

const asContainer = "run as root with the container engine's default capabilities"
