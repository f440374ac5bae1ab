import { lutimes, readlink, symlink, unlink } from 'node:fs/promises'
import { ContentError, hasErrno } from '../storage/errors.ts'

/*
 * A path that one holder at a time has: a symbolic link that points at the holder's name,
 * `<owner>.<token>`. It is made in one step with its content, so it is never seen half-written.
 */

/** Decides that the holder at a path has died, so that another may take its place. */
export type AbandonedTest = (path: string, holder: string) => Promise<boolean>

/** True when `path` is now `holder`'s: it was free, or its holder is abandoned. Never waits. */
export async function tryHold(path: string, holder: string, isAbandoned: AbandonedTest): Promise<boolean> {
  if (await makeLink(path, holder)) return true
  const current = await readHolder(path)
  if (current === undefined || !(await isAbandoned(path, current))) return false

  // Two takers must not both remove the dead holder's link: the second would remove the link of the
  // first. So the removal has a link of its own, named after that holder. Its holder alone removes
  // this link, after a look whether it still exists.
  const removal = `${path}.${current.slice(current.lastIndexOf('.') + 1)}`
  if (!(await tryHold(removal, holder, isAbandoned))) return false
  try {
    if ((await readHolder(path)) === current) await unlink(path)
    return await makeLink(path, holder)
  } finally {
    await dropLink(removal, holder)
  }
}

/** The holder of a path; undefined when it is free. */
export async function readHolder(path: string): Promise<string | undefined> {
  try {
    return await readlink(path)
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined
    if (!hasErrno(error, 'EINVAL')) throw error
    const hint = 'remove it, unless another program that uses this directory runs'
    throw new ContentError('LOCK_INVALID', `"${path}" is not a lock that tsbuild made`, { hint })
  }
}

/** The process in a holder's name, as `checkLiveness` reads it. */
export function readOwner(holder: string): string {
  return holder.slice(0, holder.lastIndexOf('.'))
}

/** Shows those who cannot look up the holder's process that it is alive. */
export async function touchLink(path: string): Promise<void> {
  const now = new Date()
  await lutimes(path, now, now).catch(() => undefined)
}

/** Removes the link unless, against all rules, it is another's by now. */
export async function dropLink(path: string, holder: string): Promise<void> {
  if ((await readHolder(path)) === holder) await unlink(path)
}

/** symlink(2) fails when there is anything at the path. */
async function makeLink(path: string, holder: string): Promise<boolean> {
  try {
    await symlink(holder, path)
    return true
  } catch (error) {
    if (hasErrno(error, 'EEXIST')) return false
    throw error
  }
}
