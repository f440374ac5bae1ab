import { EACCES, EPERM, S_IFMT, S_ISVTX } from '../listener/kernel.ts'
import { isPlain, protectsLinks } from '../ledger/protected-links.ts'
import type { Ledger, LedgerEntry } from '../ledger/ledger.ts'
import type { FileStatus } from '../listener/tracee.ts'
import type { Credentials } from '../listener/credentials.ts'

export const READ = 4
export const WRITE = 2
export const EXECUTE = 1

/** Owner and permission bits of a file, as the guest sees them. */
export interface SeenFile {
  readonly uid: number
  readonly gid: number
  /** 12 bits. */
  readonly mode: number
}

/** Ids that access is decided by. */
export interface Accessor {
  readonly uid: number
  readonly gid: number
  readonly groups: readonly number[]
}

/**
 * Owners and modes of the guest's files, and what they refuse (path_resolution(7) § Permissions).
 */
export class Permissions {
  readonly #ledger: Ledger
  readonly #uid: number
  readonly #gid: number

  /** `uid`, `gid`: the supervisor's own, to which every file of the guest belongs. */
  constructor(ledger: Ledger, { uid, gid }: { readonly uid: number; readonly gid: number }) {
    this.#ledger = ledger
    this.#uid = uid
    this.#gid = gid
  }

  entry({ dev, ino }: FileStatus): LedgerEntry | undefined {
    return this.#ledger.get(dev, ino)
  }

  see(status: FileStatus): SeenFile {
    const entry = this.entry(status)
    return {
      uid: entry?.uid ?? this.uid(status.uid),
      gid: entry?.gid ?? this.gid(status.gid),
      mode: entry?.mode ?? status.mode & 0o7777,
    }
  }

  /** A user id of the machine as the guest sees it. */
  uid(id: number): number {
    return id === this.#uid ? 0 : id
  }

  gid(id: number): number {
    return id === this.#gid ? 0 : id
  }

  /** True if the mode of a file allows all `wanted` accesses. */
  allows(status: FileStatus, wanted: number, { uid, gid, groups }: Accessor): boolean {
    const file = this.see(status)
    const shift = file.uid === uid ? 6 : file.gid === gid || groups.includes(file.gid) ? 3 : 0
    return ((file.mode >> shift) & wanted) === wanted
  }

  /** 0, or the error of a process that may not use a file in this way. */
  check(credentials: Credentials, status: FileStatus, wanted: number): number {
    return credentials.privileged || this.allows(status, wanted, effective(credentials)) ? 0 : -EACCES
  }

  /** 0, or the error of a process that does not own a file. */
  checkOwner(credentials: Credentials, status: FileStatus): number {
    return credentials.privileged || this.see(status).uid === credentials.user.effective ? 0 : -EPERM
  }

  /** 0, or the error of a process that may not give a file a further name. */
  checkLink(credentials: Credentials, status: FileStatus): number {
    if (!protectsLinks || this.checkOwner(credentials, status) === 0) return 0
    const mode = (status.mode & S_IFMT) | this.see(status).mode
    return isPlain(mode) && this.check(credentials, status, READ | WRITE) === 0 ? 0 : -EPERM
  }

  /**
   * 0, or the error of a process that may not remove or rename a file in a directory (unlink(2),
   * sticky bit).
   */
  checkRemoval(credentials: Credentials, directory: FileStatus, file: FileStatus): number {
    if (credentials.privileged) return 0
    const folder = this.see(directory)
    if ((folder.mode & S_ISVTX) === 0 || folder.uid === credentials.user.effective) return 0
    return this.checkOwner(credentials, file)
  }
}

/** Ids that file access is decided by. */
export function effective({ user, group, groups }: Credentials): Accessor {
  return { uid: user.effective, gid: group.effective, groups }
}
