import type { Call } from '../machine/call.ts'
import { reportFd } from '../machine/machine-code.ts'
import { awaitCaller, closeOthers, reportFurther } from '../machine/children.ts'
import { planEnter } from '../plan/enter.ts'
import { planExec } from '../plan/exec.ts'
import { AT_FDCWD, CLONE_NEWCGROUP, CLONE_NEWNET, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../machine/flags.ts'
import type { Host } from '../plan/host.ts'
import { planLandlock } from '../plan/landlock.ts'
import { planLoopback } from '../plan/loopback.ts'
import { mountNew, setDevices } from '../plan/mount-calls.ts'
import { sandboxRights } from '../plan/sandbox-rights.ts'
import { hasOwnNetwork, showsDevices } from '../plan/system-mounts.ts'
import type { Mount, ProcessSpec } from '../model/process.ts'

/** Descriptor of the launcher that the container executes, beside the report's. */
const launcherFd = reportFd + 1

/** Path of that launcher in the container. A file of its own would need a mount point there. */
export const launcherPath = `/proc/self/fd/${launcherFd}`

interface Runtime {
  readonly path: string
  readonly args: readonly string[]
  /** Path of the launcher that the container executes. */
  readonly launcher: string
  /** True for a new user namespace, for a caller outside of one. */
  readonly user?: boolean
  /** Directory of the control group that it goes on in. */
  readonly cgroup: string | undefined
}

/**
 * Everything between the fork and the runtime: it ends with all its descendants when its first
 * process is killed, has the network of the container, and a control group to read.
 */
export function planRuntime(
  spec: ProcessSpec,
  host: Host,
  { path, args, launcher, user = false, cgroup }: Runtime,
): readonly Call[] {
  const ownNetwork = hasOwnNetwork(spec) ? CLONE_NEWNET : 0
  const scopes = spec.security === 'sandbox' ? sandboxRights(spec).scopes : []
  return [
    ...planEnter({ user, more: CLONE_NEWCGROUP | ownNetwork, cgroup }),
    ...(spec.network === 'private' ? [awaitCaller('wait for the network')] : []),
    closeOthers,
    { name: 'openat', args: [AT_FDCWD, launcher, 0], purpose: `open ${launcher}` },
    { name: 'fcntl', args: [reportFd, F_SETFD, 0], purpose: 'keep the report on exec' },
    // Runtimes expect one hierarchy in this place, and make no control group in one that cannot be
    // written to. The kernel refuses a file system on top of itself (EBUSY), so another one is
    // between.
    mountNew('tmpfs', '/sys/fs/cgroup', { flags: MS_NOSUID | MS_NODEV | MS_NOEXEC }),
    mountNew('cgroup2', '/sys/fs/cgroup', { flags: MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY }),
    ...(spec.network === 'none' ? planLoopback(launcherFd + 1) : []),
    { name: 'keyctl', args: [KEYCTL_JOIN_SESSION_KEYRING, 0], purpose: 'make a key ring', ignore: 'all' },
    ...planLandlock({ scopes }, host.landlockAbi, launcherFd + (spec.network === 'none' ? 2 : 1)),
    { name: 'execve', args: [path, { words: [...args, 0] }, { words: [0] }], purpose: `exec ${path}` },
  ]
}

const F_SETFD = 2
const FD_CLOEXEC = 1
const KEYCTL_JOIN_SESSION_KEYRING = 1

/**
 * Hook in the mounts of the container before it has its root, for what runtimes do differently:
 * device files in the root directory work with crun, and with runc a tmpfs has the mode of the
 * directory that it covers.
 */
export function planHook(spec: ProcessSpec, host: Host): readonly Call[] {
  return [
    // The state of the container, for which the runtime needs a reader.
    { name: 'read', args: [0, new Uint8Array(pipeSize), pipeSize], purpose: 'read the state' },
    setDevices(spec.rootfs, showsDevices(spec, host)),
    // Symbolic links lead to where they do for the process.
    { name: 'chroot', args: [spec.rootfs], purpose: `change the root to ${spec.rootfs}` },
    { name: 'chdir', args: ['/'], purpose: 'enter the new root' },
    ...spec.mounts.flatMap(planMode),
    { name: 'exit_group', args: [0], purpose: 'exit' },
  ]
}

function planMode(mount: Mount): readonly Call[] {
  if (mount.type !== 'tmpfs' || mount.mode === undefined) return []
  return [
    {
      name: 'fchmodat',
      args: [AT_FDCWD, mount.target, mount.mode],
      purpose: `set the mode of ${mount.target}`,
      ignore: ['EROFS'],
    },
  ]
}

const pipeSize = 65536

/**
 * The first process of the container: reports that the runtime has done its work, and executes the
 * program.
 */
export function planContainer(spec: Pick<ProcessSpec, 'args' | 'env'>): readonly Call[] {
  return [
    reportFurther,
    { name: 'fcntl', args: [reportFd, F_SETFD, FD_CLOEXEC], purpose: 'close the report on exec' },
    closeOthers,
    ...planExec(spec),
  ]
}
