import type { Argument, Call } from '../machine/call.ts'
import { type Arch, reportFd } from '../machine/machine-code.ts'
import { launcherFlags, refusedCalls, trappedCalls } from '../confined/trapped.ts'
import type { TrappedCall } from '../ledger/trapped.ts'
import { hostArch } from '../launcher/start.ts'
import type { ProcessSpec } from '../model/process.ts'
import {
  allow,
  answer,
  ENOSYS,
  instruction,
  jumpIfAtLeast,
  jumpIfEqual,
  loadArch,
  loadArgument,
  loadNumber,
  notify,
  notifyIf,
  onlyIf,
  refuse,
} from '../machine/bpf.ts'
import { closeFrom, dieWithParent } from '../machine/children.ts'
import { capability, capabilitySet, planFewerCapabilities } from './capabilities.ts'
import { planEnterCgroup } from './enter-cgroup.ts'
import { planExec } from './exec.ts'
import { ioctl, noFileRequests } from './file-requests.ts'
import type { Host } from './host.ts'
import { planLandlock, planNoNewPrivileges } from './landlock.ts'
import { planSeccomp, x32 } from './seccomp.ts'
import { planUlimits } from './ulimits.ts'

/** Socket on which the process gives its listener away. */
const listenerSocketFd = reportFd + 1
const listenerFd = listenerSocketFd + 1

/**
 * Everything between the fork and the program for a process without any rights: a filter leaves its
 * paths to a supervisor.
 */
export function planConfined(spec: ProcessSpec, host: Host, { loaders, cgroup }: ConfinedPlaces): readonly Call[] {
  const enter = cgroup === undefined ? [] : planEnterCgroup(cgroup, listenerFd)
  return [...enter, ...planConfinement(spec, host, loaders), ...planExec(spec)]
}

/** Directories of the machine that a confined process begins with. */
interface ConfinedPlaces {
  /** Loader files: the only directory that the process can use without its supervisor. */
  readonly loaders: string
  /** Control group that it enters. */
  readonly cgroup: string | undefined
}

function planConfinement(spec: ProcessSpec, host: Host, loaders: string): readonly Call[] {
  const arch = hostArch()
  const filter = confinedFilter(arch, spec.network)
  const program = { words: [filter.length / 8, filter] }
  const scopes = spec.network === 'host' ? (['signals'] as const) : (['sockets', 'signals'] as const)
  return [
    dieWithParent,
    { name: 'fcntl', args: [reportFd, F_SETFD, FD_CLOEXEC], purpose: 'close the report on exec' },
    { name: 'fcntl', args: [listenerSocketFd, F_SETFD, FD_CLOEXEC], purpose: 'close the socket on exec' },
    closeFrom(listenerFd),
    { name: 'umask', args: [0o022], purpose: 'set the umask' },
    { name: 'chdir', args: [loaders], purpose: `enter ${loaders}` },
    ...planUlimits(spec.ulimits),
    planNoNewPrivileges,
    // A build of root also runs its steps without rights.
    ...planFewerCapabilities(host, kept),
    ...planLandlock(
      { places: [{ path: loaders, kind: 'directory', access: 'read' }], scopes },
      host.landlockAbi,
      listenerFd,
    ),
    closeFrom(listenerFd),
    ...(spec.security === 'sandbox' ? planSeccomp({ sockets: spec.network === 'default' ? 'ping' : 'any' }) : []),
    // Without this flag, of Linux 5.19, a signal may make a program repeat a call that was
    // performed. At most one listener is possible.
    {
      name: 'seccomp',
      args: [SET_MODE_FILTER, FLAGS | FLAG_WAIT_KILLABLE_RECV, program],
      purpose: 'listen to system calls',
      ignore: ['EINVAL'],
    },
    { name: 'seccomp', args: [SET_MODE_FILTER, FLAGS, program], purpose: 'listen to system calls', ignore: ['EBUSY'] },
    {
      name: 'sendmsg',
      args: [listenerSocketFd, descriptorMessage(listenerFd), launcherFlags],
      purpose: 'give the listener away',
    },
    refuseLauncherFlags(arch),
  ]
}

/** The supervisor answers for all other rights. */
const kept = capabilitySet([capability.NET_BIND_SERVICE])

const F_SETFD = 2
const FD_CLOEXEC = 1
const SET_MODE_FILTER = 1
const FLAG_NEW_LISTENER = 8
const FLAG_WAIT_KILLABLE_RECV = 32
const FLAGS = FLAG_NEW_LISTENER

/** struct msghdr with one byte and one descriptor (unix(7), SCM_RIGHTS). */
function descriptorMessage(fd: number): Argument {
  const control = { words: [20, SOL_SOCKET_SCM_RIGHTS, fd] }
  const vector = { words: [new Uint8Array(8), 1] }
  return { words: [0, 0, vector, 1, control, 24, 0] }
}

/** Two numbers of 32 bits: SOL_SOCKET and SCM_RIGHTS are both 1. */
const SOL_SOCKET_SCM_RIGHTS = 0x1_0000_0001n

/** AUDIT_ARCH_…. */
const auditArch: Readonly<Record<Arch, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 }

/**
 * Refuses all calls of programs for other processors, 32 bits among them, and calls by the numbers
 * of x32.
 */
function confinedFilter(arch: Arch, network: ProcessSpec['network']): Uint8Array {
  return Uint8Array.from([
    ...loadArch,
    ...instruction(jumpIfEqual, auditArch[arch], { jt: 1 }),
    ...instruction(answer, refuse(ENOSYS)),
    ...loadNumber,
    ...(arch === 'x64' ? [...instruction(jumpIfAtLeast, x32, { jf: 1 }), ...instruction(answer, refuse(ENOSYS))] : []),
    ...refusedCalls(arch).flatMap(({ number, errno }) => onlyIf(number, instruction(answer, refuse(errno)))),
    ...onlyIf(ioctl[arch], noFileRequests),
    ...(network === 'none' ? onlyIf(socket[arch], unixSocketsOnly) : []),
    ...trappedCalls(arch).flatMap((call) => onlyIf(call.number, filterBody(call))),
    ...allow,
  ])
}

/** The call by which the listener was given away cannot be repeated. */
function refuseLauncherFlags(arch: Arch): Call {
  const filter = Uint8Array.from([
    ...loadNumber,
    ...onlyIf(sendmsg[arch], [
      ...loadArgument(2),
      ...instruction(jumpIfEqual, launcherFlags, { jf: 1 }),
      ...instruction(answer, refuse(EINVAL)),
    ]),
    ...allow,
  ])
  const program = { words: [filter.length / 8, filter] }
  return { name: 'seccomp', args: [SET_MODE_FILTER, 0, program], purpose: 'refuse calls of the launcher' }
}

const sendmsg: Readonly<Record<Arch, number>> = { x64: 46, arm64: 211 }
const EINVAL = 22
const socket: Readonly<Record<Arch, number>> = { x64: 41, arm64: 198 }
const AF_UNIX = 1
const EAFNOSUPPORT = 97

/**
 * Without a network namespace there is no interface to have alone: all other kinds of sockets are
 * missing.
 */
const unixSocketsOnly: readonly number[] = [
  ...loadArgument(0),
  ...instruction(jumpIfEqual, AF_UNIX, { jf: 1 }),
  ...allow,
  ...instruction(answer, refuse(EAFNOSUPPORT)),
]

function filterBody({ onlyIf: test }: TrappedCall<string>): readonly number[] {
  return test === undefined ? notify : notifyIf(test)
}
