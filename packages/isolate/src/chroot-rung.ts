import { spawn } from 'node:child_process'
import { chrootIsolator } from './chroot.ts'
import { startLauncher } from './launcher/start.ts'
import { capability, capabilitySet } from './plan/capabilities.ts'
import { effectiveCapabilities } from './plan/host.ts'
import type { Availability } from './process.ts'
import type { Rung } from './rung.ts'

const { CHOWN, DAC_OVERRIDE, FOWNER, MKNOD, SETGID, SETUID, SYS_CHROOT } = capability
const needed = { CHOWN, DAC_OVERRIDE, FOWNER, MKNOD, SETGID, SETUID, SYS_CHROOT }

/** Root in a container that may not mount, as Docker starts them: files are real, mounts are imitated. */
export const chrootRung: Rung = {
  name: 'chroot',
  userXattrs: false,
  mounts: false,
  emulators: false,
  loses:
    'processes share the host name, process table and network of the container; mounts are copies, nothing is read-only, and there is no /proc',
  probe: async ({ directory }) => {
    const missing = Object.entries(needed).filter(([, number]) => (effectiveCapabilities() & capabilitySet([number])) === 0n)
    if (missing.length > 0) return refuse(`capabilities are missing: ${missing.map(([name]) => name).join(', ')}`)
    try {
      const calls = [
        { name: 'chroot', args: [directory], purpose: 'change the root directory' },
        { name: 'exit_group', args: [0], purpose: 'exit' },
      ] as const
      await startLauncher(calls, { scratch: directory, stdio: ['ignore', 'ignore', 'ignore'] }).ended
      return { available: true }
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error))
    }
  },
  start: async ({ args, env }) =>
    spawn(args[0] ?? '', args.slice(1), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env, serialization: 'advanced', detached: true }),
  isolator: chrootIsolator,
}

function refuse(reason: string): Availability {
  return { available: false, reason, hint: "run as root with the container engine's default capabilities" }
}
