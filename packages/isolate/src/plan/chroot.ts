import type { Call } from '../launcher/call.ts'
import { reportFd } from '../launcher/machine-code.ts'
import type { ProcessSpec } from '../process.ts'
import { capability, capabilitySet, planCapabilities, sandboxCapabilities, withoutRawSockets } from './capabilities.ts'
import { closeOthers, dieWithParent } from './children.ts'
import { planExec } from './exec.ts'
import type { Host } from './host.ts'
import { planIdentity } from './identity.ts'
import { planUlimits } from './ulimits.ts'

/** Everything between the fork and the program for root without the right to mount: another root directory, limits, capabilities, user, program. */
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
    { name: 'chroot', args: [spec.rootfs], purpose: `change the root to ${spec.rootfs}` },
    { name: 'chdir', args: ['/'], purpose: 'enter the new root' },
    { name: 'chdir', args: [spec.cwd], purpose: `enter ${spec.cwd}` },
    ...planUlimits(spec.ulimits),
    // Nothing would keep what it mounts from the machine.
    ...(spec.security === 'sandbox'
      ? planCapabilities(host, spec.network === 'default' ? withoutRawSockets : sandboxCapabilities)
      : planCapabilities(host, host.capabilities & ~capabilitySet([capability.SYS_ADMIN]))),
    ...planIdentity(spec.user),
    dieWithParent,
  ]
}
