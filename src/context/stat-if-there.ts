import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'

/**
 * Stat of a path, links followed; undefined if it does not exist. A directory on the way that may
 * not be searched is an error.
 */
export async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw error
    return undefined
  }
}
