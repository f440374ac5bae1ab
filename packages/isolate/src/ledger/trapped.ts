import type { Arch } from '../machine/machine-code.ts'
import type { ArgumentTest, CodeRange } from '../machine/bpf.ts'
import { S_IFBLK, S_IFCHR, S_IFMT } from '../listener/kernel.ts'

/**
 * Numbers of the calls that a supervisor answers, [x86-64, generic (arm64)]; arm64 has no calls
 * without `at`.
 */
export const ledgerNumbers = {
  chown: [92],
  fchown: [93, 55],
  fchownat: [260, 54],
  lchown: [94],
  creat: [85],
  open: [2],
  openat: [257, 56],
  openat2: [437, 437],
  bind: [49, 200],
  mkdir: [83],
  mkdirat: [258, 34],
  mknod: [133],
  mknodat: [259, 33],
  symlink: [88],
  symlinkat: [266, 36],
  link: [86],
  linkat: [265, 37],
  rename: [82],
  renameat: [264, 38],
  renameat2: [316, 276],
  rmdir: [84],
  unlink: [87],
  unlinkat: [263, 35],
  fstat: [5, 80],
  lstat: [6],
  newfstatat: [262, 79],
  stat: [4],
  statx: [332, 291],
  chroot: [161, 51],
  pivot_root: [155, 41],
  execve: [59, 221],
  execveat: [322, 281],
  exit_group: [231, 94],
  prctl: [157, 167],
  rt_sigaction: [13, 134],
  rt_sigreturn: [15, 139],
  getegid: [108, 177],
  geteuid: [107, 175],
  getgid: [104, 176],
  getgroups: [115, 158],
  getresgid: [120, 150],
  getresuid: [118, 148],
  getuid: [102, 174],
  setfsgid: [123, 152],
  setfsuid: [122, 151],
  setgid: [106, 144],
  setgroups: [116, 159],
  setregid: [114, 143],
  setresgid: [119, 149],
  setresuid: [117, 147],
  setreuid: [113, 145],
  setuid: [105, 146],
} as const satisfies Record<string, readonly [x64: number, arm64?: number]>

/** Further calls in which file modes matter to users other than root. */
export const guardedNumbers = {
  access: [21],
  chdir: [80, 49],
  chmod: [90],
  faccessat: [269, 48],
  faccessat2: [439, 439],
  fchmod: [91, 52],
  fchmodat: [268, 53],
  readlink: [89],
  readlinkat: [267, 78],
  truncate: [76, 45],
  utime: [132],
  utimes: [235],
  futimesat: [261],
  utimensat: [280, 88],
} as const satisfies Record<string, readonly [x64: number, arm64?: number]>

export type TrappedName = keyof typeof ledgerNumbers | keyof typeof guardedNumbers

/** `O_CREAT`, and `O_TMPFILE` without `O_DIRECTORY`. */
const creates = 0o20000100
const PR_SET_KEEPCAPS = 8
const anyBit = 0xffffffff

/** Calls that are left to the kernel unless an argument passes a test. */
const onlyIf: Partial<Record<TrappedName, ArgumentTest>> = {
  open: { argument: 1, bits: creates },
  openat: { argument: 2, bits: creates },
  prctl: { argument: 0, equals: PR_SET_KEEPCAPS },
  // With a new action.
  rt_sigaction: { argument: 1, bits: anyBit },
}

/** One call that a filter hands to the supervisor. */
export interface TrappedCall<Name extends string = TrappedName> {
  readonly name: Name
  readonly number: number
  /** The call is left to the kernel unless one of its arguments passes the test … */
  readonly onlyIf?: ArgumentTest
  /** … or the code that makes it is in the range. */
  readonly from?: CodeRange
}

/** Numbers of calls by name, [x86-64, generic (arm64)]. */
type CallNumbers<Name extends string> = Readonly<Partial<Record<Name, readonly [x64: number, arm64?: number]>>>

/**
 * Those of the calls that the processor has. `argumentTest`: the calls that are left to the kernel
 * unless they pass a test.
 */
export function selectCalls<Name extends string>(
  arch: Arch,
  numbers: CallNumbers<Name>,
  argumentTest: (name: Name) => ArgumentTest | undefined,
): readonly TrappedCall<Name>[] {
  const isName = (name: string): name is Name => name in numbers
  return Object.keys(numbers)
    .filter(isName)
    .flatMap((name) => {
      const number = numbers[name]?.[arch === 'x64' ? 0 : 1]
      const test = argumentTest(name)
      return number === undefined ? [] : [{ name, number, ...(test !== undefined && { onlyIf: test }) }]
    })
}

/**
 * The trapped calls that the processor has, with those that file modes may refuse: every opening of
 * a file, and `guardedNumbers`. They cost too much for programs of root, so only those made by code
 * in the range `guarded` are trapped; all for a process that does not begin as root.
 */
export function trappedCalls(arch: Arch, { guarded }: { readonly guarded: CodeRange | 'all' }): readonly TrappedCall[] {
  const isGuarded = (name: TrappedName): boolean => name in guardedNumbers || name === 'open' || name === 'openat'
  const calls = selectCalls<TrappedName>(arch, { ...ledgerNumbers, ...guardedNumbers }, (name) =>
    guarded === 'all' && isGuarded(name) ? undefined : onlyIf[name],
  )
  if (guarded === 'all') return calls
  return calls.map((call) => (isGuarded(call.name) ? { ...call, from: guarded } : call))
}

/** The calls that make devices. All others are left to the kernel. */
export function deviceCalls(arch: Arch): readonly TrappedCall<'mknod' | 'mknodat'>[] {
  const { mknod, mknodat } = ledgerNumbers
  return selectCalls(arch, { mknod, mknodat }, (name) => ({
    argument: name === 'mknod' ? 1 : 2,
    mask: S_IFMT,
    oneOf: [S_IFCHR, S_IFBLK],
  }))
}
