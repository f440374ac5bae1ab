import type { Call } from '../machine/call.ts'
import { AT_FDCWD, O_CLOEXEC, O_PATH, PR_SET_NO_NEW_PRIVS } from '../machine/flags.ts'

/** A file or directory that a process may use, with everything below it. */
export interface Place {
  readonly path: string
  readonly kind: 'directory' | 'file'
  /** `read` includes executing. */
  readonly access: 'read' | 'write'
}

/** Parts of the machine that a process and its descendants lose for good. */
export interface Wall {
  /** All files outside these places. Absent: no file is refused. */
  readonly places?: readonly Place[]
  /**
   * Abstract UNIX sockets and processes outside. They stay reachable on a kernel before Linux 6.12.
   */
  readonly scopes: readonly Scope[]
}

export type Scope = 'sockets' | 'signals'

/**
 * First version that lets a process move files between directories, which is refused before (Linux
 * 5.19, landlock(7)). apt moves each package that it downloads.
 */
const firstUsefulAbi = 2

/** Version with scopes, Linux 6.12. */
const firstScopingAbi = 6

/** True where Landlock can refuse files without breaking programs. */
export function refusesFiles(abi: number): boolean {
  return abi >= firstUsefulAbi
}

/** True where Landlock can refuse abstract UNIX sockets. */
export function scopesSockets(abi: number): boolean {
  return abi >= firstScopingAbi
}

/** Parts of a wall that the ABI of a kernel lacks, for people; empty when it has all. */
export function describeLandlock(abi: number): string {
  if (!refusesFiles(abi))
    return abi === 0 ? 'missing' : `ABI ${abi}, unused: it refuses to move files between directories`
  return scopesSockets(abi) ? `ABI ${abi}` : `ABI ${abi}, without scopes for sockets and signals (Linux 6.12)`
}

/**
 * Builds a wall around the process. The next two free descriptors must be `fd` and `fd + 1`; they
 * are closed on exec. The kernel asks for CAP_SYS_ADMIN or no_new_privs, which
 * `planNoNewPrivileges` sets. No calls where the kernel can build no part of the wall.
 */
export function planLandlock({ places, scopes }: Wall, abi: number, fd: number): readonly Call[] {
  const files = places !== undefined && refusesFiles(abi) ? handledRights(abi) : 0n
  const scoped = scopesSockets(abi) ? scopes.reduce((bits, scope) => bits | scopeBit[scope], 0n) : 0n
  if (files === 0n && scoped === 0n) return []
  const attributes = BigUint64Array.of(files, 0n, scoped)
  // Older kernels refuse a structure with more fields than they know (linux/landlock.h).
  const size = scopesSockets(abi) ? attributes.byteLength : 8
  const rules =
    files === 0n
      ? []
      : (places ?? []).flatMap((place, index) => planRule(place, files, { ruleset: fd, fd: fd + 1 + index }))
  return [
    {
      name: 'landlock_create_ruleset',
      args: [new Uint8Array(attributes.buffer), size, 0],
      purpose: 'make a Landlock ruleset',
    },
    ...rules,
    { name: 'landlock_restrict_self', args: [fd, 0], purpose: 'restrict the process with Landlock' },
  ]
}

/** Keeps programs from gaining rights by set-user-ID bits and file capabilities. */
export const planNoNewPrivileges: Call = {
  name: 'prctl',
  args: [PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0],
  purpose: 'set no_new_privs',
}

function planRule(
  { path, kind, access }: Place,
  handled: bigint,
  to: { readonly ruleset: number; readonly fd: number },
): readonly Call[] {
  const wanted = access === 'read' ? reading : handled
  const allowed = handled & (kind === 'file' ? wanted & ofFiles : wanted)
  const beneath = Buffer.alloc(12) // struct landlock_path_beneath_attr, packed: allowed_access, parent_fd
  beneath.writeBigUInt64LE(allowed)
  beneath.writeInt32LE(to.fd, 8)
  return [
    { name: 'openat', args: [AT_FDCWD, path, O_PATH | O_CLOEXEC], purpose: `open ${path}` },
    {
      name: 'landlock_add_rule',
      args: [to.ruleset, LANDLOCK_RULE_PATH_BENEATH, beneath, 0],
      purpose: `allow ${path} with Landlock`,
    },
  ]
}

const LANDLOCK_RULE_PATH_BENEATH = 1

/**
 * Number of rights (LANDLOCK_ACCESS_FS_…) of each version, from the first. A right has one number
 * for ever, and a version only adds some.
 */
const rightsByAbi = [13, 14, 15, 15, 16]

/** Every right of a version: what is not handled stays allowed everywhere. */
function handledRights(abi: number): bigint {
  const count = rightsByAbi[Math.min(abi, rightsByAbi.length) - 1] ?? 0
  return (1n << BigInt(count)) - 1n
}

/** EXECUTE, READ_FILE, READ_DIR. */
const reading = 0b1101n

/** EXECUTE, WRITE_FILE, READ_FILE, TRUNCATE, IOCTL_DEV: those that a rule for a file may name. */
const ofFiles = 0b1100_0000_0000_0111n

/** LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, LANDLOCK_SCOPE_SIGNAL. */
const scopeBit: Readonly<Record<Scope, bigint>> = { sockets: 1n, signals: 2n }
