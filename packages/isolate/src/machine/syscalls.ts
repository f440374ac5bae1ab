import type { Arch } from './machine-code.ts'

/**
 * Numbers of the system calls a launch may use, [x86-64, generic (arm64)]. Only calls that both
 * have: `mkdirat`, not `mkdir`.
 */
export const launchNumbers = {
  capset: [126, 91],
  chdir: [80, 49],
  chroot: [161, 51],
  clone: [56, 220],
  close_range: [436, 436],
  connect: [42, 203],
  execve: [59, 221],
  exit_group: [231, 94],
  fchmodat: [268, 53],
  fchown: [93, 55],
  fcntl: [72, 25],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fsopen: [430, 430],
  ioctl: [16, 29],
  keyctl: [250, 219],
  landlock_add_rule: [445, 445],
  landlock_create_ruleset: [444, 444],
  landlock_restrict_self: [446, 446],
  mkdirat: [258, 34],
  mknodat: [259, 33],
  mount: [165, 40],
  mount_setattr: [442, 442],
  move_mount: [429, 429],
  nanosleep: [35, 101],
  open_tree: [428, 428],
  openat: [257, 56],
  pivot_root: [155, 41],
  prctl: [157, 167],
  prlimit64: [302, 261],
  read: [0, 63],
  seccomp: [317, 277],
  setgid: [106, 144],
  setgroups: [116, 159],
  sendmsg: [46, 211],
  sethostname: [170, 161],
  setuid: [105, 146],
  socket: [41, 198],
  symlinkat: [266, 36],
  umask: [95, 166],
  umount2: [166, 39],
  unshare: [272, 97],
  wait4: [61, 260],
  write: [1, 64],
} as const satisfies Record<string, readonly [x64: number, arm64: number]>

export type SyscallName = keyof typeof launchNumbers

/** The number of a system call. */
export function syscallNumber(name: SyscallName, arch: Arch): number {
  return launchNumbers[name][arch === 'x64' ? 0 : 1]
}
