import { readFileSync } from 'node:fs'
import type { Call } from '../machine/call.ts'
import { CLONE_NEWUSER } from '../machine/flags.ts'

/** A restriction that keeps a rung from working, for programs. */
export type Obstacle =
  /** CAP_SYS_ADMIN is missing. */
  | 'sys-admin'
  /** Capabilities of a default container are missing. */
  | 'default-capabilities'
  /** `user.max_user_namespaces` is reached. */
  | 'namespace-limit'
  /** `kernel.unprivileged_userns_clone` is 0. */
  | 'namespace-sysctl'
  /**
   * AppArmor takes the rights of user namespaces away
   * (`kernel.apparmor_restrict_unprivileged_userns`).
   */
  | 'apparmor'
  /** A seccomp filter refuses namespaces or mounts. */
  | 'seccomp'
  /** Files of /proc are covered, so that the kernel refuses another one in a user namespace. */
  | 'masked-proc'
  /** Programs gain no rights by set-user-ID bits. */
  | 'no-new-privileges'
  /** /etc/subuid or /etc/subgid has too few ids. */
  | 'subordinate-ids'
  /** The programs newuidmap and newgidmap are missing. */
  | 'newuidmap'
  /** Programs cannot gain CAP_SETUID and CAP_SETGID. */
  | 'id-capabilities'
  /** newuidmap is a set-user-ID program, and cannot gain CAP_SYS_ADMIN. */
  | 'mapper-capabilities'
  /** The user namespace of the caller has too few ids. */
  | 'few-ids'
  /** Root of a user namespace needs CAP_SETFCAP to map root once more. */
  | 'setfcap'
  /**
   * Processes may not look into the memory of their children (`kernel.yama.ptrace_scope` above 1).
   */
  | 'ptrace-scope'
  /** The kernel, or a sandbox that imitates one, lacks system calls. */
  | 'kernel'

/** Reads a file of /proc; '' where it cannot. */
type Read = (path: string) => string

/**
 * The restrictions behind a system call that failed before a program started; empty for an
 * unexpected failure.
 */
export function findObstacles(
  { name, args, purpose }: FailedCall,
  error: string,
  read: Read = readText,
): readonly Obstacle[] {
  if (error === 'ENOSYS') return ['kernel']
  const isMasked = hidesProc(read)
  if (name === 'clone') {
    // The next call of a user namespace would meet it.
    const more: readonly Obstacle[] = isMasked && (Number(args[0]) & CLONE_NEWUSER) !== 0 ? ['masked-proc'] : []
    if (error === 'ENOSPC' || error === 'EUSERS') return ['namespace-limit', ...more]
    if (!isRefusal(error)) return []
    if (read('/proc/sys/kernel/unprivileged_userns_clone').trim() === '0') return ['namespace-sysctl', ...more]
    return isFiltered(read) ? ['seccomp', ...more] : []
  }
  if (!isRefusal(error)) return []
  if (isMasked && /\bproc\b/.test(purpose)) return ['masked-proc']
  if (read('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1') return ['apparmor']
  return isFiltered(read) ? ['seccomp'] : []
}

type FailedCall = Pick<Call, 'name' | 'args' | 'purpose'>

function isRefusal(error: string): boolean {
  return error === 'EPERM' || error === 'EACCES'
}

function isFiltered(read: Read): boolean {
  return /^Seccomp:\s*2$/m.test(read('/proc/self/status'))
}

/** True when something is mounted below /proc, as container engines do to hide files. */
function hidesProc(read: Read): boolean {
  return /^(?:\S+ ){4}\/proc\//m.test(read('/proc/self/mountinfo'))
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
