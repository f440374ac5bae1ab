import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsolationError } from '../model/errors.ts'
import { resolveInRoot } from './resolve-in-root.ts'

/** User and groups of a process. */
export interface FoundUser {
  readonly uid: number
  readonly gid: number
  /** Supplementary groups, `gid` among them. */
  readonly groups: readonly number[]
  /** Home directory; `/` for a user without an entry in the passwd file. */
  readonly home: string
}

/**
 * Finds `user[:group]`, names or numbers, in the passwd and group files of a root directory. A
 * number that is not there gets group 0; further groups come with a known user and no group of his
 * own; the default is user 0. Throws `USER_NOT_FOUND` for a name that is not there.
 */
export function findUser(rootfs: string, text: string): FoundUser {
  const [, name = '', groupName] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  const passwd = readTable(rootfs, '/etc/passwd')
  const known =
    passwd.find(([other, , uid]) => (name === '' ? uid === '0' : other === name)) ??
    passwd.find(([, , uid]) => uid === name)
  if (known === undefined && name !== '' && !isId(name)) {
    throw new IsolationError('USER_NOT_FOUND', `unable to find user ${name}: no matching entries in passwd file`)
  }
  const uid = Number(known?.[2] ?? name)
  const home = known?.[5] || '/'
  if (groupName) {
    const gid = findGroup(rootfs, groupName)
    return { uid, gid, groups: [gid], home }
  }
  const gid = Number(known?.[3] ?? 0)
  const memberships = readTable(rootfs, '/etc/group')
    .filter(([, , , members = '']) => known !== undefined && members.split(',').includes(known[0] ?? ''))
    .map(([, , id]) => Number(id))
  return { uid, gid, groups: [...new Set([gid, ...memberships])], home }
}

function findGroup(rootfs: string, name: string): number {
  const groups = readTable(rootfs, '/etc/group')
  const known = groups.find(([other]) => other === name)?.[2]
  if (known !== undefined) return Number(known)
  if (isId(name)) return Number(name)
  throw new IsolationError('USER_NOT_FOUND', `unable to find group ${name}: no matching entries in group file`)
}

/** Ids are signed numbers of 32 bits for the tools around containers. */
function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31
}

const mostBytes = 16 << 20

/**
 * Lines of passwd(5) or group(5), split; those without a number where the id belongs are dropped.
 * Empty when there is no such regular file.
 */
function readTable(rootfs: string, path: string): readonly (readonly string[])[] {
  return readBounded(join(rootfs, resolveInRoot(rootfs, path)))
    .split('\n')
    .map((line) => line.trim().split(':'))
    .filter(([, , id = '']) => isId(id))
}

function readBounded(path: string): string {
  let fd: number
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch {
    return ''
  }
  try {
    const stat = fstatSync(fd)
    return stat.isFile() && stat.size <= mostBytes ? readFileSync(fd, 'utf8') : ''
  } finally {
    closeSync(fd)
  }
}
