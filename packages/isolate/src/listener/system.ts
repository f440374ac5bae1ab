import { createRequire } from 'node:module'
import type { Arch } from '../machine/machine-code.ts'

/** Memory at a fixed address, so that system calls can be given it. */
export interface Memory {
  readonly bytes: Buffer
  readonly address: number
}

/** System calls of the calling thread, by name. */
export interface System {
  /**
   * Performs a system call. Returns its result, or the negated errno. Arguments that are left out
   * are 0. Results have 32 bits.
   */
  call(name: SystemCall, ...args: readonly number[]): number
  /** Zero-filled memory that never moves. */
  allocate(size: number): Memory
}

/** Numbers of the calls a supervisor makes, [x86-64, generic (arm64)]. */
export const supervisorNumbers = {
  bind: [49, 200],
  capget: [125, 90],
  capset: [126, 91],
  close: [3, 57],
  connect: [42, 203],
  faccessat: [269, 48],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  fchown: [93, 55],
  fchownat: [260, 54],
  fcntl: [72, 25],
  fsetxattr: [190, 7],
  fstatfs: [138, 44],
  getdents64: [217, 61],
  gettid: [186, 178],
  getxattr: [191, 8],
  inotify_add_watch: [254, 27],
  inotify_init1: [294, 26],
  ioctl: [16, 29],
  kill: [62, 129],
  linkat: [265, 37],
  listxattr: [194, 11],
  memfd_create: [319, 279],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  name_to_handle_at: [303, 264],
  newfstatat: [262, 79],
  openat: [257, 56],
  openat2: [437, 437],
  pidfd_getfd: [438, 438],
  pidfd_open: [434, 434],
  pipe2: [293, 59],
  ppoll: [271, 73],
  pread64: [17, 67],
  prlimit64: [302, 261],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pwrite64: [18, 68],
  read: [0, 63],
  readlinkat: [267, 78],
  recvmsg: [47, 212],
  removexattr: [197, 14],
  renameat2: [316, 276],
  rt_sigprocmask: [14, 135],
  rt_sigtimedwait: [128, 137],
  sendto: [44, 206],
  setxattr: [188, 5],
  socket: [41, 198],
  statx: [332, 291],
  symlinkat: [266, 36],
  tee: [276, 77],
  truncate: [76, 45],
  umask: [95, 166],
  uname: [63, 160],
  unlinkat: [263, 35],
  unshare: [272, 97],
  utimensat: [280, 88],
  write: [1, 64],
} as const satisfies Record<string, readonly [x64: number, arm64: number]>

export type SystemCall = keyof typeof supervisorNumbers

/** Loads koffi, which is not touched before. */
export function loadSystem(arch: Arch): System {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const syscall = koffi.load(null).func('int syscall(int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t)')
  const column = arch === 'x64' ? 0 : 1
  return {
    call: (name, ...args) => {
      // By index: a pattern would iterate.
      const at = (index: number): number => args[index] ?? 0
      const result: number = syscall(supervisorNumbers[name][column], at(0), at(1), at(2), at(3), at(4), at(5))
      return result === -1 ? -koffi.errno() : result
    },
    allocate: (size) => {
      // A buffer with a store of its own: pooled ones may move.
      const bytes = Buffer.from(new ArrayBuffer(size))
      return { bytes, address: Number(koffi.address(bytes)) }
    },
  }
}

/** SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV: a thread must answer for its own. */
const ofThread = [4, 5, 7, 8, 11]
const SIG_SETMASK = 2

/**
 * Blocks all signals in the calling thread that it does not cause itself. One that arrived while a
 * descriptor is given away would take it back, and let the call return 0 all the same
 * (seccomp_unotify(2), SECCOMP_ADDFD_FLAG_SEND).
 */
export function blockSignals(system: System): void {
  const { bytes, address } = system.allocate(8)
  const kept = ofThread.reduce((bits, signal) => bits | (1n << BigInt(signal - 1)), 0n)
  bytes.writeBigUInt64LE(BigInt.asUintN(64, ~kept), 0)
  system.call('rt_sigprocmask', SIG_SETMASK, address, 0, bytes.length)
}
