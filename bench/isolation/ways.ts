import { join } from 'node:path'

/** A way to run a step. */
export interface Way {
  readonly name: string
  /** Rung that runs it; absent for a program of others. */
  readonly rung?: 'userns-single' | 'confined'
  /** Metadata of the root directory that a ledger keeps. */
  readonly ledger: 'none' | 'owners' | 'all'
  /** Program that runs another in a root directory, with the arguments before that other one. */
  command?(rootfs: string): readonly string[]
}

/** The first is the one that the others are compared with. */
export const ways: readonly Way[] = [
  {
    name: 'chroot',
    ledger: 'none',
    command: (rootfs) => ['unshare', '--mount', 'sh', '-c', mountAndEnter, rootfs],
  },
  { name: 'userns-single', rung: 'userns-single', ledger: 'owners' },
  { name: 'confined', rung: 'confined', ledger: 'all' },
  {
    name: 'proot',
    ledger: 'none',
    command: (rootfs) => ['proot', '-0', '-r', rootfs, '-b', '/proc', '-b', '/dev', '-w', '/'],
  },
]

/** `$0`: the root directory. Nothing but what every program expects is mounted. */
const mountAndEnter = ['proc', 'dev']
  .map((name) => `mount --rbind ${join('/', name)} "$0/${name}" && `)
  .concat('exec chroot "$0" "$@"')
  .join('')
