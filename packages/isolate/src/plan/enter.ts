import type { Call } from '../machine/call.ts'
import { reportFd } from '../machine/machine-code.ts'
import { awaitCaller } from '../machine/children.ts'
import { planChildIn } from './enter-cgroup.ts'
import {
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_PRIVATE,
  MS_REC,
} from '../machine/flags.ts'
import { mountNew } from './mount-calls.ts'

interface EnterOptions {
  readonly user: boolean
  readonly more?: number
  /** Directory of the control group that it goes on in. */
  readonly cgroup?: string | undefined
}

/**
 * Goes on in a mount and PID namespace of its own, as root of a user namespace on request;
 * `more` namespaces may come along. All mounts and processes from here on end with this
 * process.
 */
export function planEnter({ user, more = 0, cgroup }: EnterOptions): readonly Call[] {
  return [
    ...planChildIn(cgroup, CLONE_NEWNS | CLONE_NEWPID | (user ? CLONE_NEWUSER : 0) | more),
    ...(user ? becomeRoot : []),
    { name: 'mount', args: ['none', '/', 0, MS_REC | MS_PRIVATE, 0], purpose: 'make mounts private' },
    mountNew('proc', '/proc', { flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, optional: true }),
    { name: 'fcntl', args: [reportFd, 2, 1], purpose: 'close the report on exec' },
  ]
}

/**
 * Id maps are written from outside. Where a namespace has one id, the kernel refuses to drop
 * groups.
 */
const becomeRoot: readonly Call[] = [
  awaitCaller('wait for the id maps'),
  { name: 'setgroups', args: [0, 0], purpose: 'drop the supplementary groups', ignore: ['EPERM'] },
  { name: 'setgid', args: [0], purpose: 'become group 0 of the user namespace' },
  { name: 'setuid', args: [0], purpose: 'become user 0 of the user namespace' },
]
