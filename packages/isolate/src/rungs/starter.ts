import type { Call } from '../machine/call.ts'
import { closeFrom } from '../machine/children.ts'
import { AT_FDCWD, CLONE_NEWNS, MS_PRIVATE, MS_REC, O_RDWR } from '../machine/flags.ts'
import { type Arch, reportFd } from '../machine/machine-code.ts'
import { programPaths } from '../plan/exec.ts'
import { buildLauncher } from '../launcher/elf.ts'

/** A program to start, on any machine with the processor. */
export interface StartedElsewhere {
  /** A path, or a name that is looked up in PATH. */
  readonly program: string
  readonly env: readonly (readonly [name: string, value: string])[]
  /** Words of the command, by whether the program has a mount namespace of its own. */
  args(hasMounts: boolean): readonly string[]
}

/** Attempts to execute a program whose file is still open for writing, and the pause after each. */
const attempts = 10
const pause = { seconds: 0n, nanoseconds: 100_000_000n }

/**
 * An executable that starts a program in a mount namespace of its own, or without one where the
 * kernel refuses it. The process stays the same, so its end is that of the program. Ends with 127
 * and a line on standard error when the program cannot be executed.
 *
 * Servers that copy files to where they are executed meet ETXTBSY: a process that was forked
 * meanwhile holds the copy open. It passes, so the program is tried again.
 */
export function buildStarter(started: StartedElsewhere, arch: Arch): Uint8Array {
  const without = execute(started, false)
  const calls: readonly Call[] = [
    // The launcher reports errors on descriptor 3, which has no reader here.
    closeFrom(reportFd),
    { name: 'openat', args: [AT_FDCWD, '/dev/null', O_RDWR, 0], purpose: 'open /dev/null', ignore: 'all' },
    {
      name: 'unshare',
      args: [CLONE_NEWNS],
      purpose: 'make a mount namespace',
      ignore: 'all',
      otherwise: without,
    },
    {
      // The AppArmor profile of Docker allows the namespace, but no mount in it.
      name: 'mount',
      args: ['none', '/', 0, MS_REC | MS_PRIVATE, 0],
      purpose: 'make mounts private',
      ignore: 'all',
      otherwise: without,
    },
    ...execute(started, true),
  ]
  return buildLauncher(calls, arch).elf
}

function execute({ program, env, args }: StartedElsewhere, hasMounts: boolean): readonly Call[] {
  const argv = { words: [...args(hasMounts), 0] }
  const environment = { words: [...env.map(([name, value]) => `${name}=${value}`), 0] }
  const once: readonly Call[] = programPaths(program, env).map((path) => ({
    name: 'execve',
    args: [path, argv, environment],
    purpose: `exec ${path}`,
    ignore: 'all',
  }))
  const time = new Uint8Array(BigUint64Array.of(pause.seconds, pause.nanoseconds).buffer)
  const wait: Call = { name: 'nanosleep', args: [time, 0], purpose: 'wait', ignore: 'all' }
  const failure = Buffer.from(`cannot execute ${program}: it is missing, or no program for this machine\n`)
  return [
    ...Array.from({ length: attempts }, () => [...once, wait]).flat(),
    { name: 'write', args: [2, failure, failure.length], purpose: 'report the failure', ignore: 'all' },
    { name: 'exit_group', args: [127], purpose: 'exit' },
  ]
}
