import type { Arch } from '../machine/machine-code.ts'
import { guardedNumbers, ledgerNumbers, selectCalls, type TrappedCall } from '../ledger/trapped.ts'
import { ENOSYS, EPERM } from '../listener/kernel.ts'
import type { ArgumentTest } from '../machine/bpf.ts'

/**
 * Further calls that a supervisor answers, [x86-64, generic (arm64)]; arm64 has no calls without
 * `at`.
 */
const ownNumbers = {
  // Status
  name_to_handle_at: [303, 264],
  statfs: [137, 43],
  // Attributes
  fchmodat2: [452, 452],
  // Extended attributes
  fgetxattr: [193, 10],
  flistxattr: [196, 13],
  fremovexattr: [199, 16],
  fsetxattr: [190, 7],
  getxattr: [191, 8],
  lgetxattr: [192, 9],
  listxattr: [194, 11],
  llistxattr: [195, 12],
  lremovexattr: [198, 15],
  lsetxattr: [189, 6],
  removexattr: [197, 14],
  setxattr: [188, 5],
  // Capabilities
  capget: [125, 90],
  capset: [126, 91],
  // Working directory and umask
  fchdir: [81, 50],
  getcwd: [79, 17],
  umask: [95, 166],
  // Sockets
  bind: [49, 200],
  connect: [42, 203],
  getpeername: [52, 205],
  getsockname: [51, 204],
  getsockopt: [55, 209],
  sendmmsg: [307, 269],
  sendmsg: [46, 211],
  sendto: [44, 206],
  // Watches
  inotify_add_watch: [254, 27],
  inotify_init: [253],
  inotify_init1: [294, 26],
  // Other processes
  kill: [62, 129],
  pidfd_open: [434, 434],
  prlimit64: [302, 261],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  ptrace: [101, 117],
  rt_sigqueueinfo: [129, 138],
  rt_tgsigqueueinfo: [297, 240],
  tgkill: [234, 131],
  tkill: [200, 130],
  // Machine
  uname: [63, 160],
} as const satisfies Record<string, readonly [x64: number, arm64?: number]>

/** It is refused at once. */
const { pivot_root: _, ...ledgerCalls } = ledgerNumbers

const numbers = { ...ledgerCalls, ...guardedNumbers, ...ownNumbers } as const

export type TrappedName = keyof typeof numbers

const SO_PEERCRED = 17
const anyBit = 0xffffffff

/**
 * Flags by which the launcher gives its listener away (MSG_CONFIRM). It refuses them afterwards.
 */
export const launcherFlags = 0x800

/** Calls that are left to the kernel unless an argument passes a test. */
const onlyIf: Partial<Record<TrappedName, ArgumentTest>> = {
  // PR_SET_DUMPABLE, PR_SET_KEEPCAPS, PR_CAPBSET_READ and _DROP, PR_SET_SECUREBITS,
  // PR_SET_NO_NEW_PRIVS and PR_GET_NO_NEW_PRIVS.
  prctl: { argument: 0, oneOf: [4, 8, 23, 24, 28, 38, 39] },
  // With a new action.
  rt_sigaction: { argument: 1, bits: anyBit },
  // Without an address, and of the caller itself.
  sendto: { argument: 4, bits: anyBit },
  getsockopt: { argument: 2, equals: SO_PEERCRED },
  sendmsg: { argument: 2, differs: launcherFlags },
  prlimit64: { argument: 0, bits: anyBit },
}

/** The trapped calls that the processor has. */
export function trappedCalls(arch: Arch): readonly TrappedCall<TrappedName>[] {
  return selectCalls<TrappedName>(arch, numbers, (name) => onlyIf[name])
}

/** Number of a call that the processor has. */
export function callNumber(arch: Arch, name: string): number | undefined {
  const all: Readonly<Record<string, readonly number[]>> = numbers
  return all[name]?.[arch === 'x64' ? 0 : 1]
}

/** Calls that do not exist for a confined process: the supervisor would not see what they open. */
export const missingNumbers = {
  file_getattr: [468, 468],
  file_setattr: [469, 469],
  getxattrat: [464, 464],
  landlock_add_rule: [445, 445],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
  listxattrat: [465, 465],
  open_tree: [428, 428],
  open_tree_attr: [467, 467],
  quotactl_fd: [443, 443],
  removexattrat: [466, 466],
  setxattrat: [463, 463],
  uselib: [134],
} as const satisfies Record<string, readonly [x64: number, arm64?: number]>

/**
 * Calls that are refused as to root in a container. The kernel would look at their paths first,
 * among the files of the builder.
 */
export const forbiddenNumbers = {
  acct: [163, 89],
  fanotify_init: [300, 262],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  io_uring_setup: [425, 425],
  mount: [165, 40],
  pivot_root: [155, 41],
  swapoff: [168, 225],
  swapon: [167, 224],
  umount2: [166, 39],
} as const satisfies Record<string, readonly [x64: number, arm64: number]>

/** Numbers of the calls that are not performed, with the error of each. */
export function refusedCalls(arch: Arch): readonly { readonly number: number; readonly errno: number }[] {
  const select = (calls: Readonly<Record<string, readonly number[]>>, errno: number) =>
    Object.values(calls).flatMap((byArch) => {
      const number = byArch[arch === 'x64' ? 0 : 1]
      return number === undefined ? [] : [{ number, errno }]
    })
  return [...select(missingNumbers, ENOSYS), ...select(forbiddenNumbers, EPERM)]
}
