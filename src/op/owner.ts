import type { TreeView } from '@tsbuild/tree'
import { readTextFile } from '../layer/read-text-file.ts'

/** Numeric owner of files. */
export interface Owner {
  readonly uid: number
  readonly gid: number
}

/**
 * Ids of a `user[:group]`, and the names that are missing in the passwd and group files of the file
 * system and count as 0.
 */
export interface ResolvedOwner extends Owner {
  readonly unknown: readonly string[]
}

/**
 * Finds the ids of `user[:group]` as BuildKit does for `--chown` and for the directories of
 * WORKDIR. A number without group is both ids. A name has its primary group. An empty group and an
 * unknown name are 0.
 */
export async function resolveOwner(view: TreeView, text: string): Promise<ResolvedOwner> {
  const [, user = '', group] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? []
  const users = isNumber(user) || user === '' || user === 'root' ? [] : await readTable(view, 'etc/passwd')
  const found = resolveUser(user, users)
  const base = found ?? { uid: 0, gid: 0 }
  const unknown = found ? [] : [user]
  if (group === undefined) return { ...base, unknown }
  if (group === '' || group === 'root') return { uid: base.uid, gid: 0, unknown }
  if (isNumber(group)) return { uid: base.uid, gid: Number(group), unknown }
  const groups = await readTable(view, 'etc/group')
  const gid = groups.find(([name]) => name === group)?.[2]
  return gid === undefined ? { ...base, unknown: [...unknown, group] } : { uid: base.uid, gid: Number(gid), unknown }
}

function resolveUser(user: string, users: readonly (readonly string[])[]): Owner | undefined {
  if (user === '' || user === 'root') return { uid: 0, gid: 0 }
  if (isNumber(user)) return { uid: Number(user), gid: Number(user) }
  const [, , uid = '', gid = ''] = users.find(([name]) => name === user) ?? []
  return isNumber(uid) && isNumber(gid) ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** Lines of passwd(5) or group(5), split. */
async function readTable(view: TreeView, path: string): Promise<readonly (readonly string[])[]> {
  const text = (await readTextFile(view, path)) ?? ''
  return text.split('\n').map((line) => line.split(':'))
}

function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text)
}
