import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { defaultPath, type FoundUser, type Ledger, type Mount, type ProcessSpec, resolveInRoot } from '@tsbuild/isolate'
import { give } from '../protocol/owned-paths.ts'
import type { RunRequest } from '../protocol/agent-protocol.ts'

/** Root directory, user and mounts of a process. */
export interface Surroundings {
  readonly rootfs: string
  readonly user: FoundUser
  readonly mounts: readonly Mount[]
  readonly ledger: Ledger | undefined
}

/**
 * Completes a process by facts of the rootfs: ids of its user, HOME, PATH. Makes its working
 * directory when it is missing.
 */
export function prepareProcess(
  { groups: more = [], ...process }: RunRequest['process'],
  { rootfs, user: found, mounts, ledger }: Surroundings,
): ProcessSpec {
  const { home, uid, gid, groups } = found
  const user = { uid, gid, groups: [...new Set([...groups, ...more])] }
  const env = new Map(process.env)
  if (!env.get('PATH')) env.set('PATH', defaultPath)
  if (!env.get('HOME')) env.set('HOME', home)
  if (!mounts.some(({ target }) => isWithin(target, process.cwd)))
    makeDirectories({ rootfs, ledger }, process.cwd, user)
  return { ...process, rootfs, user, mounts, env: [...env], ...(ledger !== undefined && { ledger }) }
}

/** A directory that lies in a mount is not the rootfs's to make. */
function isWithin(target: string, path: string): boolean {
  return path === target || path.startsWith(`${target}/`)
}

/** New ones belong to the user of the process. */
function makeDirectories(
  { rootfs, ledger }: Pick<Surroundings, 'rootfs' | 'ledger'>,
  path: string,
  owner: { readonly uid: number; readonly gid: number },
): void {
  const names = resolveInRoot(rootfs, path)
    .split('/')
    .filter((name) => name !== '')
  for (const index of names.keys()) {
    const directory = join(rootfs, ...names.slice(0, index + 1))
    if (lstatSync(directory, { throwIfNoEntry: false })) continue
    mkdirSync(directory, { mode: 0o755 })
    give(directory, owner, ledger)
  }
}
