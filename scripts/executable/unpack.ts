// Part of the executable: puts its files where modules and native code can be loaded from.
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Pack } from './pack.ts'

/** Bytes of a packed file. */
export type Asset = (path: string) => Uint8Array

/**
 * Finds the files of a pack below one of `parents`, or unpacks them into the first of them that
 * belongs to this user and permits native code; then into one that does not. Throws with the
 * reason of each when none can be used. A directory of another user is never read, and a file
 * that differs from the pack is never left.
 */
export function findOrUnpack(pack: Pack, asset: Asset, parents: readonly string[]): string {
  const reasons: string[] = []
  let withoutNative: string | undefined
  for (const parent of parents)
    try {
      const directory = unpackInto(pack, asset, parent)
      if (permitsNative(join(directory, pack.native))) return directory
      withoutNative ??= directory
    } catch (error) {
      reasons.push(`${parent}: ${error instanceof Error ? error.message : String(error)}`)
    }
  if (withoutNative !== undefined) return withoutNative
  throw new Error(`no directory for the files of tsbuild:\n  ${reasons.join('\n  ')}`)
}

/** Checks that a directory is private to this user and has all files of a pack, unchanged. */
export function isUnpacked({ files }: Pack, directory: string): boolean {
  try {
    checkPrivate(directory)
    return files.every(({ path, size, sha256 }) => {
      const bytes = readFileSync(join(directory, path))
      return bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256
    })
  } catch {
    return false
  }
}

function unpackInto(pack: Pack, asset: Asset, parent: string): string {
  // Not `recursive`: below /proc that never returns.
  for (const path of [dirname(parent), parent]) makeDirectory(path)
  checkPrivate(parent)
  const directory = join(parent, `program-${pack.id}`)
  if (isUnpacked(pack, directory)) {
    utimesSync(directory, new Date(), new Date())
    return directory
  }
  removeUnused(parent)
  const work = mkdtempSync(join(parent, 'unpacking-'))
  try {
    for (const { path } of pack.files) {
      mkdirSync(dirname(join(work, path)), { recursive: true })
      writeFileSync(join(work, path), asset(path), { mode: path.endsWith('.node') ? 0o700 : 0o600, flag: 'wx' })
    }
    replace(directory, work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  // Another process may have been faster.
  if (!isUnpacked(pack, directory)) throw new Error('its files change while they are written')
  return directory
}

/** Removes the files of other versions that were last started a month ago. */
function removeUnused(parent: string): void {
  for (const name of readdirSync(parent).filter((name) => /^(program|unpacking)-/.test(name))) {
    const path = join(parent, name)
    if (Date.now() - lstatSync(path).mtimeMs > 30 * 24 * 3_600_000) rmSync(path, { recursive: true, force: true })
  }
}

/** Moves `work` to `directory`, and removes a damaged one. */
function replace(directory: string, work: string): void {
  try {
    renameSync(work, directory)
  } catch {
    const damaged = mkdtempSync(`${work}-`)
    try {
      renameSync(directory, join(damaged, 'program'))
      renameSync(work, directory)
    } finally {
      rmSync(damaged, { recursive: true, force: true })
    }
  }
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(path)) throw error
  }
}

/** Throws unless a path is a directory of this user that no other may write to. */
function checkPrivate(path: string): void {
  const stats = lstatSync(path)
  if (!stats.isDirectory()) throw new Error('not a directory')
  const { uid, mode } = stats
  const user = process.geteuid?.()
  if (user !== undefined && uid !== user) throw new Error(`belongs to user ${uid}, not to user ${user}`)
  if ((mode & 0o022) !== 0) throw new Error('other users may write to it')
}

/** On a file system that is mounted with `noexec`, no file is executable. */
function permitsNative(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
