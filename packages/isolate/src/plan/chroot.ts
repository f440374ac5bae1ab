import type { Call } from '../machine/call.ts'
import { reportFd } from '../machine/machine-code.ts'
import type { ProcessSpec } from '../model/process.ts'
import { capability, capabilitySet, planCapabilities, sandboxCapabilities, withoutRawSockets } from './capabilities.ts'
import { closeOthers, dieWithParent } from '../machine/children.ts'
import { planExec } from './exec.ts'
import type { Host } from './host.ts'
import { planIdentity } from './identity.ts'
import { planLandlock, planNoNewPrivileges, refusesFiles } from './landlock.ts'
import { planSeccomp } from './seccomp.ts'
import { planUlimits } from './ulimits.ts'

/**
 * Everything between the fork and the program for root without the right to mount: another root
 * directory, limits, capabilities, user, program.
 */
export function planChroot(spec: ProcessSpec, host: Host): readonly Call[] {
  return [...planChangedRoot(spec, host), ...planExec(spec)]
}

/** The same without the program. */
export function planChangedRoot(spec: ProcessSpec, host: Host): readonly Call[] {
  return [
    dieWithParent,
    { name: 'fcntl', args: [reportFd, 2, 1], purpose: 'close the report on exec' },
    { ...closeOthers, ignore: ['ENOSYS'] },
    { name: 'umask', args: [0o022], purpose: 'set the umask', ignore: 'all' },
    ...(isWalled(spec, host) ? planWall(spec, host) : []),
    { name: 'chroot', args: [spec.rootfs], purpose: `change the root to ${spec.rootfs}` },
    { name: 'chdir', args: ['/'], purpose: 'enter the new root' },
    { name: 'chdir', args: [spec.cwd], purpose: `enter ${spec.cwd}` },
    ...planUlimits(spec.ulimits),
    // Raw sockets are refused with their capability.
    ...(mayFilter(spec, host) ? planSeccomp({ sockets: 'any' }) : []),
    ...planCapabilities(host, keptCapabilities(spec, host)),
    ...planIdentity(spec.user),
    dieWithParent,
  ]
}

/**
 * True for a process that Landlock keeps from the files outside its root, also after it has left
 * it. Without CAP_SYS_ADMIN this needs no_new_privs. For a process of root that changes little;
 * from other users it would take `sudo`, which images are built with.
 */
function isWalled({ security, user }: ProcessSpec, host: Host): boolean {
  if (security === 'insecure' || !refusesFiles(host.landlockAbi)) return false
  return user.uid === 0 || host.noNewPrivileges || mayAdministrate(host)
}

/** The kernel asks for the same rights as for Landlock, which some systems have that lack it. */
function mayFilter(spec: ProcessSpec, host: Host): boolean {
  return spec.security === 'sandbox' && (isWalled(spec, host) || host.noNewPrivileges || mayAdministrate(host))
}

/** Mounts are imitated: everything given to the process lies in its root. */
function planWall({ rootfs, network }: ProcessSpec, host: Host): readonly Call[] {
  const scopes = network === 'host' ? (['signals'] as const) : (['sockets', 'signals'] as const)
  const places = [{ path: rootfs, kind: 'directory', access: 'write' }] as const
  return [
    ...(host.noNewPrivileges || mayAdministrate(host) ? [] : [planNoNewPrivileges]),
    ...planLandlock({ places, scopes }, host.landlockAbi, reportFd + 1),
  ]
}

function mayAdministrate({ capabilities }: Host): boolean {
  return (capabilities & capabilitySet([capability.SYS_ADMIN])) !== 0n
}

function keptCapabilities(spec: ProcessSpec, host: Host): bigint {
  // Its mounts would be those of the machine.
  if (spec.security === 'insecure') return host.capabilities & ~capabilitySet([capability.SYS_ADMIN])
  const kept = spec.network === 'default' ? withoutRawSockets : sandboxCapabilities
  // A user who becomes root by a program of the image has no wall, but also no call that leads out
  // of the root.
  return isWalled(spec, host) || !refusesFiles(host.landlockAbi) ? kept : kept & ~capabilitySet([capability.SYS_CHROOT])
}
