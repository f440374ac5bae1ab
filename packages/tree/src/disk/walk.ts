import { type BigIntStats, lstatSync, readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import type { Path } from '../model/entry.ts'
import { exactNames, type HostPath, hostPath } from './host-path.ts'
import { comparePaths, joinPath } from '../model/path.ts'
import { type DirectoryPlace, unreadable } from './unreadable.ts'

/**
 * Decision about a path: take it and all below it that passes the filter, leave it out with its
 * contents, or look into a directory. In the last case the directory is taken only if an entry in
 * it is.
 */
export type Filter = (path: Path, isDirectory: boolean) => 'take' | 'skip' | 'descend'

export interface WalkOptions {
  readonly include?: Filter
  readonly signal?: AbortSignal
  /** An alternative to making an unreadable directory readable. */
  readonly remedy?: string
}

interface Level {
  readonly path: Path
  readonly names: readonly string[]
  next: number
  /** Reports the directory itself once an entry in it is taken. */
  announce: (() => void) | undefined
}

const sliceMs = 10
const take: Filter = () => 'take'

/**
 * Visits a directory tree in path order, the root first, every directory before its contents. File
 * system calls are synchronous, which is several times faster, in slices of some milliseconds
 * between which other work gets its turn. Entries that vanish meanwhile are left out.
 */
export async function walk(
  root: string,
  visit: (path: Path, stat: BigIntStats) => void,
  options: WalkOptions = {},
): Promise<void> {
  const { remedy } = options
  const include = options.include ?? take
  const stack: Level[] = [enter({ root, path: '', remedy }, undefined)]
  visit('', lstatSync(`${root}/`, { bigint: true }))
  options.signal?.throwIfAborted()
  let pauseAt = performance.now() + sliceMs
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    if (performance.now() > pauseAt) {
      await setImmediate()
      options.signal?.throwIfAborted()
      pauseAt = performance.now() + sliceMs
    }
    const name = level.names[level.next]
    level.next += 1
    if (name === undefined) {
      stack.pop()
      continue
    }
    const path = joinPath(level.path, name)
    const stat = lstatSync(hostPath(root, path), { bigint: true, throwIfNoEntry: false })
    if (stat === undefined) continue
    const isDirectory = stat.isDirectory()
    const choice = include(path, isDirectory)
    if (choice === 'skip' || (choice === 'descend' && !isDirectory)) continue
    if (choice === 'take') {
      // Above a directory that was announced, all were.
      const last = stack.findLastIndex(({ announce }) => announce === undefined)
      for (const above of stack.slice(last + 1)) announce(above)
      visit(path, stat)
    }
    if (isDirectory)
      stack.push(enter({ root, path, remedy }, choice === 'descend' ? () => visit(path, stat) : undefined))
  }
}

function announce(level: Level): void {
  level.announce?.()
  level.announce = undefined
}

function enter({ root, path, remedy }: DirectoryPlace, tell: (() => void) | undefined): Level {
  const directory = hostPath(root, path)
  const names = namesIn(directory, (cause) => unreadable({ root, path, remedy }, cause))
  return { path, names: [...names].sort(comparePaths), next: 0, announce: tell }
}

function namesIn(directory: HostPath, refused: (cause: unknown) => unknown): readonly string[] {
  try {
    return exactNames(readdirSync(directory), () => readdirSync(directory, { encoding: 'buffer' }))
  } catch (error) {
    throw refused(error)
  }
}
