import type { Call } from '../machine/call.ts'
import { reportFd } from '../machine/machine-code.ts'
import { hostArch } from '../launcher/start.ts'
import type { Mount, ProcessSpec } from '../model/process.ts'
import { keepCapabilities, planCapabilities } from './capabilities.ts'
import { awaitCaller, closeOthers, dieWithParent } from '../machine/children.ts'
import { planChildIn } from './enter-cgroup.ts'
import { planExec } from './exec.ts'
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUTS,
  MNT_DETACH,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
} from '../machine/flags.ts'
import type { Host } from './host.ts'
import { planIdentity } from './identity.ts'
import { planLandlock } from './landlock.ts'
import { planDeviceListener, planLedger } from './ledger.ts'
import { planLoopback } from './loopback.ts'
import { makeTarget, mountNew, putTree, setDevices, takeNew, type TakenTree, takeTree } from './mount-calls.ts'
import { sandboxRights } from './sandbox-rights.ts'
import { planSeccomp } from './seccomp.ts'
import { borrowsSys, hasOwnNetwork, planDev, planDevContent, planProc, planSys, showsDevices } from './system-mounts.ts'
import { planUlimits } from './ulimits.ts'

/**
 * Everything between the fork and the program for a caller who may mount: namespaces, mounts, a
 * root that leaves no way back to the old one, limits, capabilities, user, program. `cgroup` is the
 * directory of the control group that it goes on in.
 */
export function planNamespaces(spec: ProcessSpec, host: Host, cgroup?: string): readonly Call[] {
  return [...planChildIn(cgroup, namespaceFlags(spec)), ...planConfined(spec, host), ...planExec(spec)]
}

/** Calls of a process in its new namespaces, up to the program. */
export function planConfined(spec: ProcessSpec, host: Host): readonly Call[] {
  const identity = planIdentity(spec.user)
  const loses = spec.security === 'insecure' && spec.user.uid !== 0
  return [
    ...planRoot(spec, host),
    ...planSupervisor(spec, host),
    ...(spec.security === 'sandbox' ? planSandbox(spec, host) : []),
    ...(loses ? keepCapabilities(host, identity) : identity),
    dieWithParent,
  ]
}

function planSupervisor(spec: ProcessSpec, host: Host): readonly Call[] {
  if (spec.ledger !== undefined) return planLedger(hostArch(), spec)
  return host.inUserNamespace ? planDeviceListener(hostArch()) : []
}

function planSandbox(spec: ProcessSpec, host: Host): readonly Call[] {
  const { sockets, capabilities, scopes } = sandboxRights(spec)
  return [
    // Descriptors taken for mounts are closed, so that the ruleset has the next one.
    closeOthers,
    ...planLandlock({ scopes }, host.landlockAbi, reportFd + 1),
    ...planSeccomp({ sockets }),
    ...planCapabilities(host, capabilities),
  ]
}

/** The kinds of namespaces a process gets (CLONE_NEW…). */
export function namespaceFlags({ network }: Pick<ProcessSpec, 'network'>): number {
  const always = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP
  return hasOwnNetwork({ network }) ? always | CLONE_NEWNET : always
}

/**
 * Up to standing in its root. Mounts are made when the old root is gone, with sources taken before,
 * so no symbolic link of the rootfs can name anything outside it.
 */
function planRoot(spec: ProcessSpec, host: Host): readonly Call[] {
  const taken = new TakenTrees()
  const put = planMounts(spec, host, taken)
  return [
    ...(spec.network === 'private' ? [awaitCaller('wait for the network')] : []),
    { name: 'fcntl', args: [reportFd, F_SETFD, FD_CLOEXEC], purpose: 'close the report on exec' },
    closeOthers,
    { name: 'umask', args: [0o022], purpose: 'set the umask' },
    { name: 'mount', args: ['none', '/', 0, MS_REC | MS_PRIVATE, 0], purpose: 'make mounts private' },
    ...taken.calls,
    { name: 'mount', args: [spec.rootfs, spec.rootfs, 0, MS_BIND | MS_REC, 0], purpose: `bind ${spec.rootfs}` },
    setDevices(spec.rootfs, showsDevices(spec, host)),
    ...(spec.network === 'none' ? planLoopback(taken.nextFd) : []),
    { name: 'sethostname', args: [spec.hostname, Buffer.byteLength(spec.hostname)], purpose: 'set the host name' },
    { name: 'chdir', args: [spec.rootfs], purpose: `enter ${spec.rootfs}` },
    // The old root ends up on top of the new one, at the same place (pivot_root(2), notes).
    { name: 'pivot_root', args: ['.', '.'], purpose: 'change the root' },
    // While it is mounted, a link of the rootfs that goes upwards leads into it.
    { name: 'umount2', args: ['.', MNT_DETACH], purpose: 'detach the old root' },
    { name: 'chdir', args: ['/'], purpose: 'enter the new root' },
    ...put,
    { name: 'chdir', args: [spec.cwd], purpose: `enter ${spec.cwd}` },
    ...planUlimits(spec.ulimits),
    { name: 'keyctl', args: [KEYCTL_JOIN_SESSION_KEYRING, 0], purpose: 'make a key ring', ignore: 'all' },
  ]
}

const F_SETFD = 2
const FD_CLOEXEC = 1
const KEYCTL_JOIN_SESSION_KEYRING = 1

/** Trees of the host, each as the next file descriptor. */
class TakenTrees {
  readonly calls: Call[] = []
  nextFd = reportFd + 1

  take(tree: TakenTree): number {
    const fd = this.nextFd
    this.nextFd += 1
    this.calls.push(...takeTree(tree, fd))
    return fd
  }

  takeNew(type: string, readonly: boolean): number {
    this.calls.push(...takeNew(type, this.nextFd, readonly))
    this.nextFd += 2
    return this.nextFd - 1
  }
}

/** The calls made in the new root; what they need from the old one is added to `taken`. */
function planMounts(spec: ProcessSpec, host: Host, taken: TakenTrees): readonly Call[] {
  const proc = taken.takeNew('proc', false)
  const sys = takeSys(spec, host, taken)
  // The owner of a device could change its mode, for the machine as well.
  const readonly = spec.security === 'sandbox'
  const nodes = [...host.devices, ...(showsDevices(spec, host) ? host.dangerousDevices : [])].flatMap((path) => [
    ...makeTarget(path, 'file'),
    putTree(taken.take({ source: path, recursive: false, readonly, devices: true }), path),
  ])
  return [
    ...planDev(),
    ...nodes,
    ...planDevContent(spec, host),
    ...planProc(spec, proc),
    ...(sys === undefined ? [] : planSys(spec, sys)),
    ...spec.mounts.flatMap((mount) => planMount(mount, taken)),
  ]
}

/** Undefined where the machine's is to be shown and it has none, as in some sandboxes. */
function takeSys(spec: ProcessSpec, host: Host, taken: TakenTrees): number | undefined {
  const readonly = spec.security === 'sandbox'
  if (!borrowsSys(spec, host)) return taken.takeNew('sysfs', readonly)
  return host.hasSys ? taken.take({ source: '/sys', recursive: true, readonly, devices: false }) : undefined
}

function planMount(mount: Mount, taken: TakenTrees): readonly Call[] {
  if (mount.type === 'tmpfs') {
    const size = mount.size === undefined ? '' : `,size=${mount.size}`
    const options = `mode=${(mount.mode ?? 0o1777).toString(8)}${size}`
    const flags = MS_NOSUID | MS_NODEV | (mount.readonly ? MS_RDONLY : 0)
    return [...makeTarget(mount.target, 'directory'), mountNew('tmpfs', mount.target, { flags, options })]
  }
  const { source, readonly, recursive = false, devices = false } = mount
  const fd = taken.take({ source, recursive, readonly, devices })
  return [...makeTarget(mount.target, mount.directory ? 'directory' : 'file'), putTree(fd, mount.target)]
}
