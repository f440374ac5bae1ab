import { accessSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What a plan must know of the machine and of the caller's rights. */
export interface Host {
  /** Highest capability number of the kernel. */
  readonly lastCapability: number
  /** The caller's own capabilities, as a bit set. */
  readonly capabilities: bigint
  /** The caller's root is not the machine's. */
  readonly inUserNamespace: boolean
  /** Group 5, which owns terminals, exists in the caller's id map. */
  readonly hasTerminalGroup: boolean
  /** Device files a process is shown, of those that exist. */
  readonly devices: readonly string[]
  /** Those that only `insecure` processes are shown besides. */
  readonly dangerousDevices: readonly string[]
}

/** The machine's own (PROC_USER_INIT_INO of the kernel): maps alone do not tell, another may show every id as it is. */
const initialUserNamespace = 'user:[4026531837]'

const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty']

const dangerousDevices = ['kmsg', 'cuse', 'fuse', 'kvm', 'net/tun', 'loop-control']

function loopDevices(): readonly string[] {
  return readdirSync('/dev').filter((name) => /^loop\d+$/.test(name))
}

/** Reads it from /proc and /dev of the calling process. */
export function readHost(): Host {
  const gidMap = parseIdMap(readFileSync('/proc/self/gid_map', 'utf8'))
  return {
    lastCapability: Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8')),
    capabilities: effectiveCapabilities(),
    inUserNamespace: readlinkSync('/proc/self/ns/user') !== initialUserNamespace,
    hasTerminalGroup: gidMap.some(({ inside, size }) => inside <= 5 && 5 < inside + size),
    devices: devices.map((name) => `/dev/${name}`).filter(exists),
    dangerousDevices: [...dangerousDevices, ...loopDevices()].map((name) => `/dev/${name}`).filter(exists),
  }
}

/** The calling process's effective capabilities, as a bit set. */
export function effectiveCapabilities(): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return BigInt(`0x${hex ?? '0'}`)
}

/** True when no program the calling process starts gains rights, as set-user-ID ones do (PR_SET_NO_NEW_PRIVS). */
export function hasNoNewPrivileges(): boolean {
  return /^NoNewPrivs:\s*1$/m.test(readFileSync('/proc/self/status', 'utf8'))
}

function parseIdMap(text: string): readonly { readonly inside: number; readonly size: number }[] {
  return text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([inside = 0, , size = 0]) => ({ inside, size }))
}

function exists(path: string): boolean {
  try {
    accessSync(path)
    return true
  } catch {
    return false
  }
}
