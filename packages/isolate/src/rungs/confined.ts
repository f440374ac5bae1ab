import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { launchLimited } from '../launcher/launch-limited.ts'
import type { GuestEmulator } from '../confined/loader/guest-emulator.ts'
import type { GuestMount } from '../confined/paths/mount-table.ts'
import { findEmulators } from '../root/emulators.ts'
import { DirectoryTimes } from '../root/directory-times.ts'
import { IsolationError } from '../model/errors.ts'
import { killDescendants } from '../cgroup/kill-descendants.ts'
import type { Call } from '../machine/call.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import type { Credentials } from '../listener/credentials.ts'
import { Ledger } from '../ledger/ledger.ts'
import { Supervisors } from '../supervision/supervisors.ts'
import { makeMountPoint, MountPoints } from '../root/mount-points.ts'
import { networkMounts } from '../root/network-files.ts'
import { sandboxCapabilities } from '../plan/capabilities.ts'
import { planConfined } from '../plan/confined.ts'
import { type Host, readHost } from '../plan/host.ts'
import type { Isolator, Mount, ProcessIo, ProcessResult, ProcessSpec } from '../model/process.ts'

/**
 * Runs processes without any rights: a supervisor answers every call with a path, so that they see
 * a root directory, mounts and owners that the kernel does not know. The calling process must
 * have no other children. Refuses private networks with `RUNG_CANNOT`.
 */
export function confinedIsolator(context: LaunchContext): Isolator {
  const supervisors = new Supervisors()
  supervisors.prepare()
  const emulators = findEmulators()
  context.libc.adoptOrphans()
  let active = 0
  const runSupervised = async (spec: ProcessSpec, io: ProcessIo): Promise<ProcessResult> => {
    active += 1
    try {
      // Processes that no supervisor has seen: children of some that were killed at once.
      return await runConfined(spec, io, {
        ...context,
        supervisors,
        emulators,
        onExit: () => active === 1 && killDescendants(),
      })
    } finally {
      active -= 1
    }
  }
  return {
    run: (spec, io) => {
      if (spec.network === 'private') throw cannot('give a process a private network', 'a network namespace')
      if (spec.mounts.some((mount) => mount.type === 'bind' && mount.devices))
        throw cannot('give a process devices', 'mounts')
      return runSupervised(spec, io)
    },
  }
}

interface ConfinedContext extends LaunchContext {
  readonly supervisors: Supervisors
  /** Programs that execute those of other processors. */
  readonly emulators: readonly GuestEmulator[]
}

/** Runs one process and kills what it leaves running, as far as its supervisor has seen it. */
export async function runConfined(
  spec: ProcessSpec,
  io: ProcessIo,
  { supervisors, ...context }: ConfinedContext,
): Promise<ProcessResult> {
  const host = readHost(context.libc.landlockAbi())
  const files = mkdtempSync(join(context.scratch, 'confined-'))
  const times = new DirectoryTimes(context.libc)
  const points = new MountPoints(spec.rootfs, times)
  const [ours, theirs] = context.libc.socketPair()
  const [until, stop] = context.libc.pipe()
  try {
    for (const target of ['/proc', '/sys', '/dev']) points.make({ target, directory: true })
    const mounts = [...networkMounts(spec, files), ...spec.mounts].map((mount) => makeMountPoint(points, mount))
    times.restore()
    const loaders = join(files, 'loaders')
    mkdirSync(loaders)
    const ledger = spec.ledger ?? new Ledger()
    const guestMounts = mounts.map((mount, index) =>
      guestMount(mount, { directory: join(files, `tmpfs-${index}`), ledger }),
    )
    const task = {
      socket: ours,
      until,
      cwd: encodePath(spec.cwd),
      hostname: encodePath(spec.hostname),
      capabilities: sandboxCapabilities,
      emulators: context.emulators,
      reachesHostSockets: spec.network === 'host',
      credentials: toCredentials(spec.user),
      mounts: [rootMount(spec.rootfs), ...systemMounts(host, files), ...guestMounts],
      made: points.directories().map(({ dev, ino }) => ({ dev, ino })),
      loaders,
    } as const
    const onExit = (): void => {
      context.onExit?.()
      closeSync(stop)
    }
    const beside = supervisors.confine(task, ledger)
    const plan = (cgroup: string | undefined): readonly Call[] => planConfined(spec, host, { loaders, cgroup })
    return await launchLimited(plan, io, { ...context, keepsOffDisk: true, descriptor: theirs, beside, onExit })
  } finally {
    closeSync(until)
    points.remove()
    rmSync(files, { recursive: true })
  }
}

function rootMount(rootfs: string): GuestMount {
  return { target: '/', source: encodePath(rootfs), type: 'directory', readonly: false }
}

/** /dev, /proc and /sys. `files`: private directory of the process. */
function systemMounts({ devices, hasSys }: Host, files: string): readonly GuestMount[] {
  const dev = join(files, 'dev')
  for (const path of ['', 'pts', ...sharedDirectories]) mkdirSync(join(dev, path))
  for (const path of sharedDirectories) chmodSync(join(dev, path), everybodyMode)
  for (const path of devices) writeFileSync(join(files, path), '')
  for (const [name, target] of Object.entries(devLinks)) symlinkSync(target, join(dev, name))
  return [
    { target: '/dev', source: encodePath(dev), type: 'directory', readonly: false },
    ...devices.map((path) => deviceMount(path, path)),
    ...(existsSync(terminals) ? [deviceMount('/dev/pts/ptmx', terminals)] : []),
    { target: '/proc', source: '/proc', type: 'proc', readonly: true },
    ...(hasSys ? [{ target: '/sys', source: '/sys', type: 'directory', readonly: true } as const] : []),
  ]
}

function deviceMount(target: string, source: string): GuestMount {
  return { target, source, type: 'file', readonly: false, isDevice: true }
}

/** Directories in /dev where everybody makes files, and their mode. */
const sharedDirectories = ['shm', 'mqueue']
const everybodyMode = 0o1777

/** Makes pseudoterminals. */
const terminals = '/dev/ptmx'

const devLinks = {
  fd: '/proc/self/fd',
  stdin: '/proc/self/fd/0',
  stdout: '/proc/self/fd/1',
  stderr: '/proc/self/fd/2',
  core: '/proc/kcore',
  ptmx: 'pts/ptmx',
}

/** `directory`: where the files of a tmpfs lie. */
function guestMount(
  mount: Mount,
  { directory, ledger }: { readonly directory: string; readonly ledger: Ledger },
): GuestMount {
  const target = encodePath(mount.target)
  if (mount.type === 'tmpfs') {
    mkdirSync(directory)
    const mode = mount.mode ?? everybodyMode
    // The builder must be able to use it.
    chmodSync(directory, mode | 0o700)
    const { dev, ino } = lstatSync(directory)
    if ((mode | 0o700) !== mode) ledger.set(dev, ino, { uid: 0, gid: 0, mode })
    return { target, source: encodePath(directory), type: 'directory', readonly: mount.readonly === true }
  }
  return {
    target,
    source: encodePath(mount.source),
    type: mount.directory ? 'directory' : 'file',
    readonly: mount.readonly,
  }
}

/** A path as the supervisor keeps them: one character for each byte. */
function encodePath(path: string): string {
  return Buffer.from(path).toString('latin1')
}

function toCredentials({ uid, gid, groups }: ProcessSpec['user']): Credentials {
  const same = (id: number): Credentials['user'] => ({ real: id, effective: id, saved: id })
  return { user: same(uid), group: same(gid), groups, privileged: uid === 0, keepsCapabilities: false }
}

function cannot(what: string, needed: string): IsolationError {
  return new IsolationError('RUNG_CANNOT', `cannot ${what} on the rung confined: it needs ${needed}`)
}
