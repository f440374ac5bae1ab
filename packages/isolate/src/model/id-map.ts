import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { promisify } from 'node:util'
import { findInPath } from '../machine/find-in-path.ts'
import { IsolationError } from './errors.ts'

/** A run of ids inside a user namespace and what they are outside. */
export interface IdRange {
  readonly inside: number
  readonly outside: number
  readonly size: number
}

export interface IdMaps {
  readonly uids: readonly IdRange[]
  readonly gids: readonly IdRange[]
}

/** Ids of the owners that images use: 0 to 65535. */
const enough = 65536

/**
 * The maps for the caller: itself as root, then its subordinate ids (subuid(5)); for root, every id
 * as it is. Throws `RUNG_UNAVAILABLE` with what to do.
 */
export function readIdMaps(
  read: (path: string) => string = readText,
  user: { readonly uid: number; readonly gid: number; readonly name: string } = caller(),
): IdMaps {
  if (user.uid === 0) {
    const maps = ownIdMaps(read)
    if (!lacksIds(read)) return maps
    throw new IsolationError(
      'RUNG_UNAVAILABLE',
      `this user namespace has ${Math.min(countIds(maps.uids), countIds(maps.gids))} ids, fewer than ${enough}`,
      { obstacles: ['few-ids'] },
    )
  }
  return { uids: readMap('/etc/subuid', user.uid), gids: readMap('/etc/subgid', user.gid) }

  function readMap(path: string, self: number): readonly IdRange[] {
    const ranges: IdRange[] = [{ inside: 0, outside: self, size: 1 }]
    for (const line of read(path).split('\n')) {
      const [owner, start = '', count = ''] = line.trim().split(':')
      if (owner !== user.name && owner !== String(user.uid)) continue
      if (/^\d+$/.test(start) && /^\d+$/.test(count))
        ranges.push({ inside: countIds(ranges), outside: Number(start), size: Number(count) })
    }
    if (countIds(ranges) >= enough) return ranges
    const free = firstFree(`${read('/etc/subuid')}\n${read('/etc/subgid')}`)
    const hint = `as root: usermod --add-subuids ${free} --add-subgids ${free} ${user.name}`
    throw new IsolationError(
      'RUNG_UNAVAILABLE',
      `${path} gives user ${user.name} ${countIds(ranges) - 1} ids, fewer than ${enough - 1}`,
      {
        hint,
        obstacles: ['subordinate-ids'],
      },
    )
  }
}

/** Finds the programs that map ids of others. Throws `RUNG_UNAVAILABLE`. */
export function requireMappers(): void {
  const missing = mappers.find((program) => findInPath(program) === undefined)
  if (missing !== undefined) throw mapperFailed(missing, 'it is not installed')
}

const mappers = ['newuidmap', 'newgidmap'] as const

/** The caller as root, without further ids. Every user may make such a namespace. */
export function singleIdMaps(): IdMaps {
  requireProc(readText('/proc/self/uid_map'))
  const { uid, gid } = caller()
  return { uids: [{ inside: 0, outside: uid, size: 1 }], gids: [{ inside: 0, outside: gid, size: 1 }] }
}

/** Reason why a user namespace does not suffice. */
export const tooFewIds = 'this user namespace has too few ids for the owners of an image'

/**
 * True in a user namespace with fewer ids than images use as owners. Where /proc is missing, it
 * counts as large enough.
 */
export function lacksIds(read: (path: string) => string = readText): boolean {
  return ['/proc/self/uid_map', '/proc/self/gid_map']
    .map(read)
    .some((map) => map !== '' && countIds(unchanged(map)) < enough)
}

/** The ids of the caller's own user namespace, each as itself. */
function ownIdMaps(read: (path: string) => string = readText): IdMaps {
  return { uids: unchanged(read('/proc/self/uid_map')), gids: unchanged(read('/proc/self/gid_map')) }
}

/** Id maps are read and written in /proc. */
function requireProc(map: string): void {
  if (map !== '') return
  throw new IsolationError(
    'RUNG_UNAVAILABLE',
    'cannot map the ids of a user namespace: /proc is missing, or incomplete',
    {
      hint: 'mount a file system of type proc on /proc',
    },
  )
}

/** The ids that exist (user_namespaces(7)), each as itself. */
function unchanged(map: string): readonly IdRange[] {
  requireProc(map)
  return [...map.matchAll(/^\s*(\d+)\s+\d+\s+(\d+)$/gm)].map(([, inside, size]) => ({
    inside: Number(inside),
    outside: Number(inside),
    size: Number(size),
  }))
}

/**
 * Gives a new user namespace its maps. Ids of others need the set-user-ID programs of shadow,
 * unless the caller is root. Rejects with `RUNG_UNAVAILABLE`.
 */
export async function writeIdMaps(pid: number, { uids, gids }: IdMaps): Promise<void> {
  const isSingle = countIds(uids) === 1 && countIds(gids) === 1
  if (caller().uid === 0 || isSingle) {
    // user_namespaces(7): a group map may be written without privileges only where groups cannot be
    // dropped.
    if (isSingle) writeFileSync(`/proc/${pid}/setgroups`, 'deny')
    writeUidMap(pid, uids)
    writeFileSync(`/proc/${pid}/gid_map`, lines(gids))
    return
  }
  await Promise.all(mappers.map((program) => writeMap(program, pid, program === 'newuidmap' ? uids : gids)))
}

/**
 * Root of a user namespace maps itself only with a capability that sandboxes such as bubblewrap
 * drop.
 */
function writeUidMap(pid: number, uids: readonly IdRange[]): void {
  try {
    writeFileSync(`/proc/${pid}/uid_map`, lines(uids))
  } catch (cause) {
    const isRefused = cause instanceof Error && 'code' in cause && cause.code === 'EPERM' && caller().uid === 0
    if (!isRefused) throw cause
    throw new IsolationError(
      'RUNG_UNAVAILABLE',
      'cannot map root of a user namespace: the capability SETFCAP is missing',
      {
        hint: 'start this sandbox with SETFCAP (bwrap --cap-add CAP_SETFCAP), or as a user other than root',
        obstacles: ['setfcap'],
        cause,
      },
    )
  }
}

function lines(ranges: readonly IdRange[]): string {
  return ranges.map(({ inside, outside, size }) => `${inside} ${outside} ${size}\n`).join('')
}

async function writeMap(program: string, pid: number, ranges: readonly IdRange[]): Promise<void> {
  try {
    await promisify(execFile)(
      program,
      [pid, ...ranges.flatMap(({ inside, outside, size }) => [inside, outside, size])].map(String),
    )
  } catch (cause) {
    throw mapperFailed(program, String(cause).trim(), cause)
  }
}

function mapperFailed(program: string, reason: string, cause?: unknown): IsolationError {
  return new IsolationError('RUNG_UNAVAILABLE', `cannot run ${program}: ${reason}`, {
    hint: 'install the package uidmap or shadow-utils',
    obstacles: ['newuidmap'],
    cause,
  })
}

/**
 * Free ids to give to a user: two users with the same could change each other's files.
 */
function firstFree(lines: string): string {
  const taken = [...lines.matchAll(/^[^:\n]+:(\d+):(\d+)\s*$/gm)].map(
    ([, start, count]) => Number(start) + Number(count),
  )
  const start = Math.max(100_000, ...taken)
  return `${start}-${start + enough - 1}`
}

function countIds(ranges: readonly IdRange[]): number {
  return ranges.reduce((sum, { size }) => sum + size, 0)
}

function caller(): { readonly uid: number; readonly gid: number; readonly name: string } {
  const ids = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 }
  try {
    return { ...ids, name: userInfo().username }
  } catch {
    // A user without an entry in the passwd file, as in many containers.
    return { ...ids, name: String(ids.uid) }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
