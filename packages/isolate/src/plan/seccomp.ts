import type { Call } from '../launcher/call.ts'
import { CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS } from './flags.ts'

/**
 * Refuses the system calls that need no capability and reach far into the kernel: new namespaces (and with them new
 * capabilities), key rings, bpf, performance events, io_uring, the kernel's crypto, the hypervisor. What needs a capability the
 * process has not got needs no filter, and calls newer than this list do not exist. Processes of 32 bits are filtered too.
 */
export function planSeccomp(): readonly Call[] {
  const filter = seccompFilter()
  const program = { words: [filter.length / 8, filter] }
  return [
    { name: 'seccomp', args: [SET_MODE_FILTER, FLAG_SPEC_ALLOW, program], purpose: 'filter system calls', ignore: ['ENOSYS', 'EINVAL'] },
  ]
}

const SET_MODE_FILTER = 1
const FLAG_SPEC_ALLOW = 4

/** Instructions of classic BPF (seccomp(2)), for every processor the launcher knows at once. */
function seccompFilter(): Uint8Array {
  const blocks = architectures.map((audit, column) => ({ audit, block: filterOf(column) }))
  return Uint8Array.from([
    ...instruction(load, 4),
    ...blocks.flatMap(({ audit, block }) => [...instruction(jumpIfEqual, audit, { jf: block.length / 8 }), ...block]),
    ...instruction(answer, refuse(EPERM)),
  ])
}

/** AUDIT_ARCH_…: x86-64, arm64, i386, arm. */
const architectures = [0xc000003e, 0xc00000b7, 0x40000003, 0x40000028]

/** Numbers on the four architectures. */
const refused: readonly (readonly [number, number, number, number])[] = [
  [248, 217, 286, 309], // add_key
  [321, 280, 357, 386], // bpf
  [300, 262, 338, 367], // fanotify_init
  [425, 425, 425, 425], // io_uring_setup
  [426, 426, 426, 426], // io_uring_enter
  [427, 427, 427, 427], // io_uring_register
  [312, 272, 349, 378], // kcmp
  [250, 219, 288, 311], // keyctl
  [304, 265, 342, 371], // open_by_handle_at
  [298, 241, 336, 364], // perf_event_open
  [249, 218, 287, 310], // request_key
  [308, 268, 346, 375], // setns
  [272, 97, 310, 337], // unshare
  [323, 282, 374, 388], // userfaultfd
]
const socket = [41, 198, 359, 281]
/** AF_ALG and AF_VSOCK. */
const refusedFamilies = [38, 40]
const clone = [56, 220, 120, 120]
/** Its flags are in memory, where a filter cannot look; C libraries fall back to `clone` when it does not exist. */
const clone3 = 435
/** removexattrat; newer calls have the same number everywhere. Arm has calls of its own far above. */
const newest = 466
const armOwn = 0xf0000
/** Numbers of the x32 interface have this bit. */
const x32 = 0x40000000
const newNamespaces = CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWUTS

function filterOf(column: number): readonly number[] {
  return [
    ...instruction(load, 0),
    ...(column === 0 ? [...instruction(jumpIfAtLeast, x32, { jf: 1 }), ...instruction(answer, refuse(ENOSYS))] : []),
    ...instruction(jumpIfAtLeast, newest + 1, { jf: 2 }),
    ...instruction(jumpIfAtLeast, armOwn, { jt: 1 }),
    ...instruction(answer, refuse(ENOSYS)),
    ...refused.flatMap((numbers) => [...instruction(jumpIfEqual, numbers[column] ?? 0, { jf: 1 }), ...instruction(answer, refuse(EPERM))]),
    ...instruction(jumpIfEqual, clone3, { jf: 1 }),
    ...instruction(answer, refuse(ENOSYS)),
    ...refuseByArgument(
      socket[column] ?? 0,
      refusedFamilies.map((family) => [jumpIfEqual, family]),
    ),
    ...refuseByArgument(clone[column] ?? 0, [[jumpIfAnyBit, newNamespaces]]),
    ...instruction(answer, ALLOW),
  ]
}

/** Refuses a call when the low half of its first argument passes one of the tests, else allows it. */
function refuseByArgument(number: number, tests: readonly (readonly [test: number, operand: number])[]): readonly number[] {
  const body = [
    ...instruction(load, 16),
    ...tests.flatMap(([test, operand]) => [...instruction(test, operand, { jf: 1 }), ...instruction(answer, refuse(EPERM))]),
    ...instruction(answer, ALLOW),
  ]
  return [...instruction(jumpIfEqual, number, { jf: body.length / 8 }), ...body]
}

const load = 0x20
const jumpIfEqual = 0x15
const jumpIfAtLeast = 0x35
const jumpIfAnyBit = 0x45
const answer = 0x06
const ALLOW = 0x7fff0000
const EPERM = 1
const ENOSYS = 38

function refuse(errno: number): number {
  return 0x00050000 | errno
}

/** `jt`, `jf`: instructions skipped when the test is passed, and when not. */
function instruction(
  code: number,
  operand: number,
  { jt = 0, jf = 0 }: { readonly jt?: number; readonly jf?: number } = {},
): readonly number[] {
  return [code, 0, jt, jf, operand & 255, (operand >>> 8) & 255, (operand >>> 16) & 255, operand >>> 24]
}
