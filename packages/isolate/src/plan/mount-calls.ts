import type { Call } from '../machine/call.ts'
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_RECURSIVE,
  FSCONFIG_CMD_CREATE,
  FSMOUNT_CLOEXEC,
  FSOPEN_CLOEXEC,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_FROM_EMPTY_PATH,
  MOVE_MOUNT_TO_SYMLINKS,
  MS_BIND,
  MS_RDONLY,
  MS_REC,
  OPEN_TREE_CLOEXEC,
  OPEN_TREE_CLONE,
  S_IFREG,
} from '../machine/flags.ts'

/** A file system of its own at `target`. */
export function mountNew(
  type: string,
  target: string,
  {
    flags,
    options = '',
    optional = false,
  }: { readonly flags: number; readonly options?: string; readonly optional?: boolean },
): Call {
  return {
    name: 'mount',
    args: [type, target, type, flags, options],
    purpose: `mount ${type} on ${target}`,
    ...(optional && { ignore: 'all' }),
  }
}

/**
 * A part of the host's file system, taken before the root changes, so that no name in the new root
 * can lead to it.
 */
export interface TakenTree {
  readonly source: string
  readonly recursive: boolean
  readonly readonly: boolean
  /** Device files work in it. */
  readonly devices: boolean
}

/**
 * Takes a detached copy of a mount as file descriptor `fd`, which must be the lowest free one.
 * Needs kernel 5.12.
 */
export function takeTree({ source, recursive, readonly, devices }: TakenTree, fd: number): readonly Call[] {
  const attributes = (readonly ? MOUNT_ATTR_RDONLY : 0) | (devices ? 0 : MOUNT_ATTR_NODEV)
  const depth = recursive ? AT_RECURSIVE : 0
  const open: Call = {
    name: 'open_tree',
    args: [AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | depth],
    purpose: `open mount source ${source}`,
  }
  return attributes === 0
    ? [open]
    : [open, setAttributes({ fd, path: '', depth, attributes, purpose: `restrict the mount of ${source}` })]
}

/**
 * Takes a new file system as file descriptor `fd + 1`, when `fd` is the lowest free one. In a user
 * namespace proc and sysfs must be taken while those of the machine can be seen.
 */
export function takeNew(type: string, fd: number, readonly: boolean): readonly Call[] {
  const attributes = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | (readonly ? MOUNT_ATTR_RDONLY : 0)
  const purpose = `mount ${type}`
  return [
    { name: 'fsopen', args: [type, FSOPEN_CLOEXEC], purpose },
    { name: 'fsconfig', args: [fd, FSCONFIG_CMD_CREATE, 0, 0, 0], purpose },
    { name: 'fsmount', args: [fd, FSMOUNT_CLOEXEC, attributes], purpose },
  ]
}

/**
 * Shows a taken tree at `target`. Symbolic links on the way lead to where they do for the process.
 */
export function putTree(fd: number, target: string): Call {
  const flags = MOVE_MOUNT_FROM_EMPTY_PATH | MOVE_MOUNT_TO_SYMLINKS
  return { name: 'move_mount', args: [fd, '', AT_FDCWD, target, flags], purpose: `mount on ${target}` }
}

/** Makes what is missing of a mount point; the mount itself says so when that failed. */
export function makeTarget(target: string, kind: 'directory' | 'file'): readonly Call[] {
  const names = target.split('/').filter((name) => name !== '')
  const paths = names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`)
  const directories = kind === 'directory' ? paths : paths.slice(0, -1)
  const purpose = `make mount point ${target}`
  return [
    ...directories.map((path): Call => ({ name: 'mkdirat', args: [AT_FDCWD, path, 0o755], purpose, ignore: 'all' })),
    ...(kind === 'file'
      ? [{ name: 'mknodat', args: [AT_FDCWD, target, S_IFREG | 0o644, 0], purpose, ignore: 'all' } as const]
      : []),
  ]
}

/** Makes a path that may be missing read-only, with everything below. */
export function protect(path: string): readonly Call[] {
  return [
    { name: 'mount', args: [path, path, 0, MS_BIND | MS_REC, 0], purpose: `protect ${path}`, ignore: ['ENOENT'] },
    setAttributes({
      fd: AT_FDCWD,
      path,
      depth: AT_RECURSIVE,
      attributes: MOUNT_ATTR_RDONLY,
      purpose: `make ${path} read-only`,
      optional: true,
    }),
  ]
}

/** Hides a path that may be missing behind an empty directory or file. */
export function mask(path: string, kind: 'directory' | 'file'): Call {
  const ignore = ['ENOENT', 'ENOTDIR'] as const
  const purpose = `mask ${path}`
  if (kind === 'directory')
    return { name: 'mount', args: ['tmpfs', path, 'tmpfs', MS_RDONLY, 'size=0'], purpose, ignore }
  return { name: 'mount', args: ['/dev/null', path, 0, MS_BIND, 0], purpose, ignore }
}

/** Lets device files work in a mount, or not. */
export function setDevices(path: string, work: boolean): Call {
  const [attributes, cleared] = work ? [0, MOUNT_ATTR_NODEV] : [MOUNT_ATTR_NODEV, 0]
  return setAttributes({
    fd: AT_FDCWD,
    path,
    depth: 0,
    attributes,
    cleared,
    purpose: `${work ? 'allow' : 'refuse'} devices in ${path}`,
  })
}

/** mount_setattr(2). */
function setAttributes(given: {
  readonly fd: number
  readonly path: string
  readonly depth: number
  readonly attributes: number
  readonly cleared?: number
  readonly purpose: string
  readonly optional?: boolean
}): Call {
  const attributes = new Uint8Array(
    BigUint64Array.of(BigInt(given.attributes), BigInt(given.cleared ?? 0), 0n, 0n).buffer,
  )
  const flags = given.depth | (given.path === '' ? AT_EMPTY_PATH : 0)
  return {
    name: 'mount_setattr',
    args: [given.fd, given.path, flags, attributes, attributes.length],
    purpose: given.purpose,
    ...(given.optional && { ignore: ['ENOENT'] }),
  }
}
