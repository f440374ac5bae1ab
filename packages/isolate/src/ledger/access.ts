import type { Credentials } from '../listener/credentials.ts'
import type { Supervision } from './handler.ts'
import { AT_FDCWD, EACCES, EPERM } from '../listener/kernel.ts'
import type { FileStatus } from '../listener/tracee.ts'

/** Permission bits (access(2)). */
export const READ = 4
export const WRITE = 2
export const EXECUTE = 1

/** A file as a call names it. */
export interface Named {
  readonly directory: number
  /** Index of the argument. */
  readonly path: number
  /** Default true. */
  readonly follow?: boolean
}

/** EPERM for a caller that does not own the file. */
export function isOwner(given: Supervision, file: FileStatus): number | undefined {
  return findOwner(given, file).uid === readCaller(given).user.effective ? undefined : EPERM
}

/** EACCES unless the caller may search every directory that leads to an open file. */
export function mayReach(given: Supervision, fd: number): number | undefined {
  const { tracee } = given
  const names = tracee.pathOf(fd).split('/').slice(1, -1)
  const directories = ['/', ...names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)]
  const isClosed = (path: string): boolean =>
    tracee.using(
      tracee.open(AT_FDCWD, path, false),
      (directory) => !isAllowed(given, tracee.status(directory), { wanted: EXECUTE }),
    )
  return directories.some(isClosed) ? EACCES : undefined
}

/** User and group, of a file or of a caller. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** True if the mode of a file grants the bits in `wanted`. `ids` default to the effective ones. */
export function isAllowed(
  given: Supervision,
  file: FileStatus,
  { wanted, ids }: { readonly wanted: number; readonly ids?: Owner | undefined },
): boolean {
  const { user, group, groups } = readCaller(given)
  const { uid, gid } = ids ?? { uid: user.effective, gid: group.effective }
  const owner = findOwner(given, file)
  const isMember = owner.gid === gid || groups.includes(owner.gid)
  const shift = owner.uid === uid ? 6 : isMember ? 3 : 0
  return ((file.mode >> shift) & wanted) === wanted
}

function findOwner({ ledger }: Supervision, { dev, ino }: FileStatus): Owner {
  return ledger.get(dev, ino) ?? { uid: 0, gid: 0 }
}

/** Ids of the thread whose call is being answered. */
export function readCaller({ credentials, tracee }: Supervision): Credentials {
  return credentials.get(tracee.listener.thread)
}
