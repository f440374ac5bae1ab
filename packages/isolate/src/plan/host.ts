import { accessSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { loadLibc } from '../machine/libc.ts'

/** Facts about the machine and the caller's rights that a plan needs. */
export interface Host {
  /** The caller's own capabilities, as a bit set. */
  readonly capabilities: bigint
  /** The caller's root is not the machine's. */
  readonly inUserNamespace: boolean
  /** Group 5, which owns terminals, exists in the caller's id map. */
  readonly hasTerminalGroup: boolean
  /** /sys exists. */
  readonly hasSys: boolean
  /** Device files a process is shown, of those that exist. */
  readonly devices: readonly string[]
  /** Those that only `insecure` processes are shown besides. */
  readonly dangerousDevices: readonly string[]
  /** Programs gain no rights by set-user-ID bits (PR_SET_NO_NEW_PRIVS), in any plan. */
  readonly noNewPrivileges: boolean
  /** Version of Landlock to use; 0 for a plan without. */
  readonly landlockAbi: number
}

/**
 * The machine's own (PROC_USER_INIT_INO of the kernel): maps alone do not tell, another may show
 * every id as it is.
 */
const initialUserNamespace = 'user:[4026531837]'

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

const dangerousDevices = ['kmsg', 'cuse', 'fuse', 'kvm', 'net/tun', 'loop-control']

function loopDevices(): readonly string[] {
  return optional(() => readdirSync('/dev'), []).filter((name) => /^loop\d+$/.test(name))
}

/**
 * Reads it from /proc and /dev of the calling process. Without /proc, as in some sandboxes, it
 * assumes fewer rights. Only a system call finds `landlockAbi`, and most probes do without.
 */
export function readHost(landlockAbi = 0): Host {
  const gidMap = parseIdMap(optional(() => readFileSync('/proc/self/gid_map', 'utf8'), ''))
  return {
    capabilities: effectiveCapabilities(),
    inUserNamespace: optional(() => readlinkSync('/proc/self/ns/user'), '') !== initialUserNamespace,
    hasTerminalGroup: gidMap.some(({ inside, size }) => inside <= 5 && 5 < inside + size),
    hasSys: exists('/sys'),
    devices: devices.map((name) => `/dev/${name}`).filter(exists),
    dangerousDevices: [...dangerousDevices, ...loopDevices()].map((name) => `/dev/${name}`).filter(exists),
    noNewPrivileges: hasNoNewPrivileges(),
    landlockAbi,
  }
}

/** Capabilities that a program of the caller can gain, as a bit set; all where /proc is missing. */
export function boundingCapabilities(): bigint {
  const hex = /^CapBnd:\s*([0-9a-f]+)/m.exec(readStatus())?.[1] ?? 'ffffffffffffffff'
  return BigInt(`0x${hex}`)
}

/** The calling process's effective capabilities, as a bit set. */
export function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(readStatus())?.[1]
  return hex === undefined ? loadLibc().effectiveCapabilities() : BigInt(`0x${hex}`)
}

/**
 * True when no program the calling process starts gains rights, as set-user-ID ones do
 * (PR_SET_NO_NEW_PRIVS).
 */
export function hasNoNewPrivileges(): boolean {
  return /^NoNewPrivs:\s*1$/m.test(readStatus())
}

function readStatus(): string {
  return optional(() => readFileSync('/proc/self/status', 'utf8'), '')
}

function optional<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}

function parseIdMap(text: string): readonly { readonly inside: number; readonly size: number }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([inside = 0, , size = 0]) => ({ inside, size }))
}

function exists(path: string): boolean {
  return optional(() => {
    accessSync(path)
    return true
  }, false)
}
