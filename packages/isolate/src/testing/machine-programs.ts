import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import type { Mount } from '../model/process.ts'
import type { Sandbox } from './sandbox.ts'

// Help for tests: scripts that need more programs than a static busybox.

const paths = ['/bin', '/lib', '/lib64', '/usr', '/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/login.defs']

/** Programs of the machine, read-only. */
export const machineMounts: readonly Mount[] = paths
  .filter((path) => existsSync(path))
  .map((path) => {
    return {
      type: 'bind',
      source: path,
      target: path,
      readonly: true,
      directory: !path.startsWith('/etc/'),
      recursive: true,
    }
  })

export const machineEnv = [['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']] as const

/** Prints everything that scripts have made in /t, as lstat(2) shows it to the process. */
export const listFiles = 'cd /t && find . -printf "%p %y %M %U:%G %n %l\\n" | sort'

/** Empties a root directory for the mounts. */
export function makeMachineRoot(sandbox: Sandbox): void {
  rmSync(sandbox.at('rootfs'), { recursive: true })
  for (const path of ['t', 'etc', 'tmp', 'closed']) mkdirSync(sandbox.at(`rootfs/${path}`), { recursive: true })
}

/** Files of root that scripts of other users try to use. */
export function makeFilesOfRoot(sandbox: Sandbox): void {
  for (const [path, mode] of [
    ['closed/secret', 0o644],
    ['unreadable', 0o600],
    ['readable', 0o644],
    ['tmp/root', 0o666],
  ] as const) {
    writeFileSync(sandbox.at(`rootfs/${path}`), 'text\n')
    chmodSync(sandbox.at(`rootfs/${path}`), mode)
  }
  chmodSync(sandbox.at('rootfs/closed'), 0o700)
  chmodSync(sandbox.at('rootfs/tmp'), 0o1777)
}
