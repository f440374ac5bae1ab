import type { Call } from '../machine/call.ts'
import { maskedDirectories, maskedFiles, maskedSys, readonlyPaths } from '../model/masked-paths.ts'
import type { ProcessSpec } from '../model/process.ts'
import { AT_FDCWD, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } from '../machine/flags.ts'
import type { Host } from './host.ts'
import { makeTarget, mask, mountNew, protect, putTree } from './mount-calls.ts'

const quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC

/**
 * True if the host's /sys must be shown because a new one would need rights over the network
 * namespace.
 */
export function borrowsSys(spec: ProcessSpec, host: Host): boolean {
  return host.inUserNamespace && !hasOwnNetwork(spec)
}

/**
 * True for devices that can harm the machine: never in a user namespace, where the kernel would not
 * let them be used.
 */
export function showsDevices({ security }: ProcessSpec, { inUserNamespace }: Host): boolean {
  return security === 'insecure' && !inUserNamespace
}

/** True for a process in a network namespace of its own. */
export function hasOwnNetwork({ network }: Pick<ProcessSpec, 'network'>): boolean {
  return network === 'none' || network === 'private'
}

/**
 * /proc from `fd`. Parts that tell about or change the machine are masked or read-only, as runc's
 * defaults have it.
 */
export function planProc(spec: ProcessSpec, fd: number): readonly Call[] {
  const mount = [...makeTarget('/proc', 'directory'), putTree(fd, '/proc')]
  if (spec.security === 'insecure') return mount
  const directories = maskedDirectories.map((path) => mask(path, 'directory'))
  const files = maskedFiles.map((path) => mask(path, 'file'))
  return [...mount, ...readonlyPaths.flatMap(protect), ...directories, ...files]
}

/** /sys from `fd`, the process's own control group in it, where the kernel has one, and masks. */
export function planSys(spec: ProcessSpec, fd: number): readonly Call[] {
  const flags = spec.security === 'insecure' ? quiet : quiet | MS_RDONLY
  const cgroup = mountNew('cgroup2', '/sys/fs/cgroup', { flags, optional: true })
  const mounts = [...makeTarget('/sys', 'directory'), putTree(fd, '/sys'), cgroup]
  if (spec.security === 'insecure') return mounts
  return [...mounts, ...maskedSys.map((path) => mask(path, 'directory'))]
}

/** An empty /dev; device files are put into it afterwards. */
export function planDev(): readonly Call[] {
  return [
    ...makeTarget('/dev', 'directory'),
    mountNew('tmpfs', '/dev', { flags: MS_NOSUID, options: 'mode=755,size=65536k' }),
  ]
}

/** The rest of /dev: terminals, shared memory, message queues and links. */
export function planDevContent(spec: ProcessSpec, host: Host): readonly Call[] {
  const terminals = `newinstance,ptmxmode=0666,mode=0620${host.hasTerminalGroup ? ',gid=5' : ''}`
  return [
    ...['pts', 'shm', 'mqueue'].flatMap((name) => makeTarget(`/dev/${name}`, 'directory')),
    mountNew('devpts', '/dev/pts', { flags: MS_NOSUID | MS_NOEXEC, options: terminals }),
    mountNew('tmpfs', '/dev/shm', { flags: quiet, options: `mode=1777,size=${spec.shmSize ?? 64 << 20}` }),
    mountNew('mqueue', '/dev/mqueue', { flags: quiet }),
    ...deviceLinks.map(
      ([name, to]): Call => ({ name: 'symlinkat', args: [to, AT_FDCWD, `/dev/${name}`], purpose: `link /dev/${name}` }),
    ),
  ]
}

const deviceLinks = [
  ['ptmx', 'pts/ptmx'],
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const
