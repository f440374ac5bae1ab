import { open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { explainWriteFailure, hasErrno, syncDirectory, temporaryPath } from '@tsbuild/content'

/**
 * Replaces a small file in one step. It outlives a power failure from then on, unless that is not
 * needed.
 */
export async function replaceFile(
  path: string,
  bytes: string | Uint8Array,
  { temporary, durable = true }: { readonly temporary: string; readonly durable?: boolean },
): Promise<void> {
  const next = temporaryPath(temporary)
  try {
    await using file = await open(next, 'wx', 0o644)
    await file.writeFile(bytes)
    if (durable) await file.sync()
    await rename(next, path)
  } catch (error) {
    await rm(next, { force: true })
    throw explainWriteFailure(error, path)
  }
  if (durable) await syncDirectory(dirname(path))
}

/** Makes an empty file, or notes the time in an existing one. */
export async function touchFile(path: string): Promise<void> {
  await using file = await open(path, 'a', 0o644)
  const now = new Date()
  await file.utimes(now, now)
}

/** Sets the time of a file to now; false if it does not exist. */
export async function noteUse(path: string): Promise<boolean> {
  const now = new Date()
  return (await utimes(path, now, now).then(() => true, ignoreMissing)) ?? false
}

/** Text of a small file; undefined if it does not exist. */
export async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ignoreMissing)
}

/** Size of a file in bytes; undefined if it does not exist. */
export async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(ignoreMissing)
  return found?.isFile() === true ? found.size : undefined
}

/** Names in a directory, in the order of their bytes; undefined if it does not exist. */
export async function listNames(path: string): Promise<string[] | undefined> {
  const names = await readdir(path).catch(ignoreMissing)
  return names?.sort()
}

/** Removes a file; false if it did not exist. */
export async function removeFile(path: string): Promise<boolean> {
  try {
    await rm(path)
    return true
  } catch (error) {
    ignoreMissing(error)
    return false
  }
}

export function ignoreMissing(error: unknown): undefined {
  if (hasErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
  throw error
}
