import type { Call } from '../machine/call.ts'
import {
  allow,
  answer,
  ENOSYS,
  EPERM,
  instruction,
  jumpIfAnyBit,
  jumpIfAtLeast,
  jumpIfEqual,
  load,
  loadArgument,
  onlyIf,
  refuse,
  refuseIf,
} from '../machine/bpf.ts'
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from '../machine/flags.ts'
import { noOwnHeaders, noSocketcall, pingOnly } from './ping-sockets.ts'

/**
 * Refuses the system calls that need no capability and reach far into the kernel: new namespaces
 * (and with them new capabilities), key rings, bpf, performance events, io_uring, the kernel's
 * crypto, its messages, the hypervisor. What needs a capability the process has not got needs no
 * filter where its error is the same everywhere. Calls newer than this list do not exist. Processes
 * of 32 bits are filtered too.
 *
 * `sockets: 'ping'` also refuses packet sockets and all raw sockets but those of ping, for a
 * process in the network of the machine. On i386 this refuses every `socketcall` that makes a
 * socket, whose arguments a filter cannot see.
 */
export function planSeccomp({ sockets }: { readonly sockets: 'any' | 'ping' }): readonly Call[] {
  const filter = seccompFilter(sockets)
  const program = { words: [filter.length / 8, filter] }
  return [
    {
      name: 'seccomp',
      args: [SET_MODE_FILTER, FLAG_SPEC_ALLOW, program],
      purpose: 'filter system calls',
      ignore: ['ENOSYS', 'EINVAL'],
    },
  ]
}

const SET_MODE_FILTER = 1
const FLAG_SPEC_ALLOW = 4

/** Instructions of classic BPF (seccomp(2)), for all processors of the launcher at once. */
function seccompFilter(sockets: 'any' | 'ping'): Uint8Array {
  const blocks = architectures.map((audit, column) => ({ audit, block: filterBody(column, sockets) }))
  return Uint8Array.from([
    ...instruction(load, 4),
    ...blocks.flatMap(({ audit, block }) => [...instruction(jumpIfEqual, audit, { jf: block.length / 8 }), ...block]),
    ...instruction(answer, refuse(EPERM)),
  ])
}

/** AUDIT_ARCH_…: x86-64, arm64, i386, arm. */
const architectures = [0xc000003e, 0xc00000b7, 0x40000003, 0x40000028]

type Numbered = number | undefined

/** Refused calls with their numbers on the four architectures. */
export const refusedCalls: Readonly<
  Record<string, readonly [x64: Numbered, arm64: Numbered, i386: Numbered, arm: Numbered]>
> = {
  add_key: [248, 217, 286, 309],
  // Without a filter, the error of some depends on the kernel, or on the container around it.
  delete_module: [176, 106, 129, 129],
  finit_module: [313, 273, 350, 379],
  init_module: [175, 105, 128, 128],
  iopl: [172, undefined, 110, undefined],
  ioperm: [173, undefined, 101, undefined],
  kexec_file_load: [320, 294, undefined, 401],
  kexec_load: [246, 104, 283, 347],
  mount_setattr: [442, 442, 442, 442],
  pidfd_getfd: [438, 438, 438, 438],
  quotactl: [179, 60, 131, 131],
  bpf: [321, 280, 357, 386],
  fanotify_init: [300, 262, 338, 367],
  io_uring_setup: [425, 425, 425, 425],
  io_uring_enter: [426, 426, 426, 426],
  io_uring_register: [427, 427, 427, 427],
  kcmp: [312, 272, 349, 378],
  keyctl: [250, 219, 288, 311],
  open_by_handle_at: [304, 265, 342, 371],
  perf_event_open: [298, 241, 336, 364],
  request_key: [249, 218, 287, 310],
  // Messages of the machine, where `kernel.dmesg_restrict` lets every user read them.
  syslog: [103, 116, 103, 103],
  setns: [308, 268, 346, 375],
  unshare: [272, 97, 310, 337],
  userfaultfd: [323, 282, 374, 388],
}
const socket = [41, 198, 359, 281]
/** AF_ALG and AF_VSOCK. */
export const refusedFamilies = [38, 40]
const setsockopt = [54, 208, 366, 294]
/** Only i386 has it. */
const socketcall = [undefined, undefined, 102, undefined]
const clone = [56, 220, 120, 120]
/**
 * Its flags are in memory, where a filter cannot look; C libraries fall back to `clone` when it
 * does not exist.
 */
const clone3 = 435
/**
 * removexattrat; newer calls have the same number everywhere. Arm has calls of its own far above.
 */
const newest = 466
const armOwn = 0xf0000
/** Numbers of the x32 interface have this bit. */
export const x32 = 0x40000000
/** Flags of `clone` that are refused. */
export const namespaceFlags = [
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
]
const newNamespaces = namespaceFlags.reduce((flags, flag) => flags | flag)

function filterBody(column: number, sockets: 'any' | 'ping'): readonly number[] {
  const families = refusedFamilies.flatMap((family) => refuseIf(jumpIfEqual, family))
  return [
    ...instruction(load, 0),
    ...(column === 0 ? [...instruction(jumpIfAtLeast, x32, { jf: 1 }), ...instruction(answer, refuse(ENOSYS))] : []),
    ...instruction(jumpIfAtLeast, newest + 1, { jf: 2 }),
    ...instruction(jumpIfAtLeast, armOwn, { jt: 1 }),
    ...instruction(answer, refuse(ENOSYS)),
    ...Object.values(refusedCalls).flatMap((numbers) => {
      const number = numbers[column]
      return number === undefined ? [] : onlyIf(number, instruction(answer, refuse(EPERM)))
    }),
    ...instruction(jumpIfEqual, clone3, { jf: 1 }),
    ...instruction(answer, refuse(ENOSYS)),
    ...forCall(socket[column], [...loadArgument(0), ...families, ...(sockets === 'ping' ? pingOnly : [])]),
    ...(sockets === 'ping'
      ? [...forCall(setsockopt[column], noOwnHeaders), ...forCall(socketcall[column], noSocketcall)]
      : []),
    ...forCall(clone[column], [...loadArgument(0), ...refuseIf(jumpIfAnyBit, newNamespaces)]),
    ...allow,
  ]
}

/** Decides about one call: `body` may refuse it, else it is allowed. */
function forCall(number: number | undefined, body: readonly number[]): readonly number[] {
  return number === undefined ? [] : onlyIf(number, [...body, ...allow])
}
