import { AT_FDCWD, O_CLOEXEC, O_PATH, openFlags, S_IFDIR, S_IFMT, S_ISGID } from '../../listener/kernel.ts'
import type { LedgerDevice } from '../../ledger/ledger.ts'
import { accessAcl, defaultAcl, inheritAcl } from './acls.ts'
import type { Confinement } from '../context.ts'
import type { Place } from '../paths/paths.ts'

/** Permission bits that a file has on disk: the builder can always use it, and it sets no ids. */
export function diskMode(mode: number, kind: 'file' | 'directory'): number {
  return (mode & 0o1777) | (kind === 'directory' ? 0o700 : 0o600)
}

interface NewFile {
  /** Open file. */
  readonly fd: number
  readonly parent: number
  /** Requested permission bits; undefined for a symlink, which has none. */
  readonly mode: number | undefined
  readonly device?: LedgerDevice | undefined
}

/**
 * Gives a new file its owner, group, mode and access list: the ids of the process, with the group
 * of a directory that passes its own on (inode(7), set-group-ID bit), and what the umask or the
 * default list of the directory leaves of the mode.
 */
export function record(given: Confinement, { fd, parent, mode, device }: NewFile): void {
  const { tracee, ledger, caller, permissions } = given
  const directory = tracee.status(parent)
  const folder = permissions.see(directory)
  const list = permissions.entry(directory)?.xattrs?.get(defaultAcl)
  const status = tracee.status(fd)
  const isDirectory = (status.mode & S_IFMT) === S_IFDIR
  if (isDirectory) given.newDirectories.add(status)
  const passesOn = (folder.mode & S_ISGID) !== 0
  const inherited = list === undefined || mode === undefined ? undefined : inheritAcl(list, mode)
  const wanted =
    mode === undefined
      ? undefined
      : wantedMode(mode, { umask: caller.umask, inherited, passesOn: isDirectory && passesOn })
  const onDisk = wanted === undefined ? undefined : diskMode(wanted, isDirectory ? 'directory' : 'file')
  // The supervisor's umask has taken bits away.
  if (onDisk !== undefined && (status.mode & 0o7777) !== onDisk)
    tracee.system.call('fchmodat', AT_FDCWD, tracee.pathAt(`/proc/thread-self/fd/${fd}`), onDisk)
  // An inode number may have been that of another file.
  ledger.delete(status.dev, status.ino)
  const xattrs = new Map<string, Uint8Array>()
  if (inherited?.list !== undefined) xattrs.set(accessAcl, inherited.list)
  if (isDirectory && list !== undefined) xattrs.set(defaultAcl, list)
  ledger.set(status.dev, status.ino, {
    uid: caller.credentials.user.effective,
    gid: passesOn ? folder.gid : caller.credentials.group.effective,
    ...(wanted === undefined || wanted === onDisk ? {} : { mode: wanted }),
    ...(device !== undefined && { device }),
    ...(xattrs.size !== 0 && { xattrs }),
  })
}

interface Influences {
  readonly umask: number
  readonly inherited: { readonly mode: number } | undefined
  /** The directory hands its set-group-ID bit to new directories. */
  readonly passesOn: boolean
}

function wantedMode(asked: number, { umask, inherited, passesOn }: Influences): number {
  const allowed = inherited === undefined ? asked & ~umask : (asked & 0o7000) | inherited.mode
  return (allowed & 0o7777) | (passesOn ? S_ISGID : 0)
}

interface NewName {
  readonly mode: number | undefined
  readonly device?: LedgerDevice | undefined
}

/**
 * Records a new file by its name. Nothing else can have changed the name but a process of the same
 * step.
 */
export function recordName(given: Confinement, { parent, name }: Place, { mode, device }: NewName): 0 {
  const { tracee } = given
  const flags = O_PATH | O_CLOEXEC | openFlags[given.arch].noFollow
  const fd = tracee.system.call('openat', parent, tracee.pathAt(name.replace(/\/+$/, '')), flags)
  if (fd >= 0) tracee.using(fd, () => record(given, { fd, parent, mode, device }))
  return 0
}
