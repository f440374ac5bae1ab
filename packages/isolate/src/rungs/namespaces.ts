import { launchLimited } from '../launcher/launch-limited.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { type Listening, Supervisors } from '../supervision/supervisors.ts'
import { readHost } from '../plan/host.ts'
import { planNamespaces } from '../plan/namespaces.ts'
import { withPreparedRoot } from '../root/prepared-root.ts'
import type { Isolator } from '../model/process.ts'

/**
 * Runs processes in mount, PID, IPC, UTS, control group and, on request, network namespaces. The
 * caller must be able to mount: root, or root of a user namespace. Of the mount points nothing
 * stays in the rootfs.
 */
export function namespaceIsolator(context: LaunchContext): Isolator {
  return createIsolator(context, () => new Supervisors())
}

/** The same where all processes have a ledger: a supervisor for the first one starts at once. */
export function ledgerIsolator(context: LaunchContext): Isolator {
  const supervisors = new Supervisors()
  supervisors.prepare()
  return createIsolator(context, () => supervisors)
}

function createIsolator(context: LaunchContext, makeSupervisors: () => Supervisors): Isolator {
  const host = readHost(context.libc.landlockAbi())
  let made: Supervisors | undefined
  const supervisors = (): Supervisors => (made ??= makeSupervisors())
  return {
    run: (spec, io) =>
      withPreparedRoot(spec, context, async ({ spec: prepared, onPid }) => {
        const { ledger } = prepared
        const supervise = (process: Listening): Promise<void> =>
          ledger === undefined
            ? supervisors().makeDevices(process)
            : supervisors().supervise(process, { ledger, user: prepared.user })
        return launchLimited((cgroup) => planNamespaces(prepared, host, cgroup), io, {
          ...context,
          ...(onPid && { onPid }),
          supervise,
        })
      }),
  }
}
