import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner, checkLiveness } from './process-owner.ts'

/**
 * A process in another PID namespace cannot be looked up: its files are abandoned after a day
 * without a write.
 */
const abandonedAfter = 24 * 60 * 60 * 1000

/** Makes the directory if it is missing and removes the files that dead processes left in it. */
export async function prepareTemporary(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const names = await readdir(directory)
  await Promise.all(names.map((name) => removeAbandoned(join(directory, name), name)))
}

/**
 * A path in the directory that no other call uses. Its name carries this process, for `parseOwner`,
 * after an optional kind.
 */
export function temporaryPath(directory: string, kind?: string): string {
  const name = `${currentOwner()}.${randomBytes(8).toString('hex')}`
  return join(directory, kind === undefined ? name : `${kind}-${name}`)
}

/**
 * The process that a `temporaryPath` is named for, as `checkLiveness` reads it; undefined for other
 * names.
 */
export function parseOwner(name: string): string | undefined {
  return /^(?:[a-z]+-)?(\d+-\d+-[^.]+)\.[0-9a-f]+$/.exec(name)?.[1]
}

async function removeAbandoned(path: string, name: string): Promise<void> {
  const liveness = checkLiveness(parseOwner(name) ?? '')
  if (liveness === 'alive') return
  // A failure here is another process's removal, or a problem that the next write reports.
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) return
  if (liveness === 'dead' || Date.now() - file.mtimeMs > abandonedAfter)
    await rm(path, { force: true }).catch(() => undefined)
}
