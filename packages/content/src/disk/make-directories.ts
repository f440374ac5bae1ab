import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a directory and its missing parents, all with `mode`. Rejects with the error of the system.
 * `mkdir` with `recursive` would try for ever where an existing directory accepts no entries, as
 * `/proc` does.
 */
export async function makeDirectories(path: string, mode = 0o777): Promise<void> {
  try {
    await makeDirectory(path, mode)
  } catch (error) {
    if (readCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    await makeDirectories(dirname(path), mode)
    await makeDirectory(path, mode)
  }
}

/** Another may have made it meanwhile. */
async function makeDirectory(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    const isThere = readCode(error) === 'EEXIST' && (await stat(path).catch(() => undefined))?.isDirectory() === true
    if (!isThere) throw error
  }
}

function readCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
