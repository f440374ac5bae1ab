import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { launchLimited } from '../launcher/launch-limited.ts'
import { IsolationError } from '../model/errors.ts'
import { ImitatedMounts } from '../root/imitate-mounts.ts'
import { killDescendants } from '../cgroup/kill-descendants.ts'
import type { Call } from '../machine/call.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { networkMounts } from '../root/network-files.ts'
import { capability, capabilitySet } from '../plan/capabilities.ts'
import { planChild } from '../machine/children.ts'
import { planChroot } from '../plan/chroot.ts'
import { planEnterCgroup } from '../plan/enter-cgroup.ts'
import { CLONE_NEWPID } from '../machine/flags.ts'
import { readHost } from '../plan/host.ts'
import type { Isolator, ProcessIo, ProcessResult, ProcessSpec } from '../model/process.ts'

/**
 * Runs processes in another root directory and nothing more, one at a time: what a process leaves
 * running is found by being the last thing this one has started. Where it cannot be found, a PID
 * namespace ends it, or `RUNG_UNAVAILABLE` is thrown. Mounts are imitated. Refuses `network:
 * 'none'` with `RUNG_CANNOT`.
 */
export function chrootIsolator(context: LaunchContext): Isolator {
  const host = readHost(context.libc.landlockAbi())
  const follows = context.libc.adoptOrphans() && existsSync('/proc/self/stat')
  if (!follows && (host.capabilities & capabilitySet([capability.SYS_ADMIN])) === 0n) throw cannotFollow()
  const enclose = follows ? [] : planChild(CLONE_NEWPID)
  const onExit = follows ? { onExit: killDescendants } : {}
  let last: Promise<unknown> = Promise.resolve()

  const runAlone = async (spec: ProcessSpec, io: ProcessIo): Promise<ProcessResult> => {
    const files = mkdtempSync(join(context.scratch, 'network-'))
    try {
      using mounts = new ImitatedMounts(spec.rootfs, context.libc)
      for (const source of host.devices) mounts.add({ type: 'device', source, target: source })
      mounts.add({ type: 'tmpfs', target: '/dev/shm', mode: 0o1777 })
      for (const mount of [...networkMounts(spec, files), ...spec.mounts]) mounts.add(mount)
      mounts.hide()
      const plan = (cgroup: string | undefined): readonly Call[] => [
        ...enclose,
        ...(cgroup === undefined ? [] : planEnterCgroup(cgroup)),
        ...planChroot(spec, host),
      ]
      return await launchLimited(plan, io, { ...context, ...onExit })
    } finally {
      rmSync(files, { recursive: true })
    }
  }
  return {
    run: (spec, io) => {
      if (spec.network === 'none') throw cannot('run a process without network', 'a network namespace')
      if (spec.network === 'private') throw cannot('give a process a private network', 'a network namespace')
      if (spec.mounts.some((mount) => mount.type === 'bind' && mount.devices))
        throw cannot('give a process devices', 'mounts')
      const result = last.then(() => runAlone(spec, io))
      last = result.catch(() => undefined)
      return result
    },
  }
}

/** The rung needs a list of processes and their parents, or the right to make PID namespaces. */
export function cannotFollow(): IsolationError {
  return new IsolationError(
    'RUNG_UNAVAILABLE',
    'cannot find the processes that RUN leaves running: /proc is missing, or incomplete',
    {
      hint: 'mount a file system of type proc on /proc; in gVisor, add the capability SYS_ADMIN',
    },
  )
}

function cannot(what: string, needed: string): IsolationError {
  return new IsolationError('RUNG_CANNOT', `cannot ${what} on the rung chroot: it needs ${needed}`)
}
