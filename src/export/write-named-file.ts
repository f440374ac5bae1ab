import { rm, truncate } from 'node:fs/promises'
import { explainWrite } from './explain-write.ts'
import { resolveDestination } from './resolve-destination.ts'
import { writeDestination } from './write-destination.ts'

const hint = 'name another file'

/**
 * Writes a file that the caller named, as `writeDestination` does. Errors of the system name it.
 */
export async function writeNamedFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await writeDestination(path, content, signal)
  } catch (error) {
    throw explainWrite(error, path, hint)
  }
}

/**
 * Removes what an earlier call wrote to a regular file; anything else stays. A file that must stay,
 * like a mount point, is emptied.
 */
export async function removeStale(path: string): Promise<void> {
  try {
    const target = await resolveDestination(path)
    if (target.kind !== 'file' || target.present === undefined) return
    await rm(target.path).catch(() => truncate(target.path))
  } catch (error) {
    throw explainWrite(error, path, hint)
  }
}
