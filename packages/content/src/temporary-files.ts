import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { currentOwner, livenessOf } from './process-owner.ts'

/** Files of processes in other PID namespaces, whose death cannot be seen, go when nobody has written to them for a day. */
const abandonedAfter = 24 * 60 * 60 * 1000

/** Makes the directory when it is missing and removes what dead processes have left in it. */
export async function prepareTemporary(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  const names = await readdir(directory)
  await Promise.all(names.map((name) => removeAbandoned(join(directory, name), name)))
}

/** A path in the directory that no other process and no other call uses; named so that `prepareTemporary` can tell whose it was. */
export function temporaryPath(directory: string): string {
  return join(directory, `${currentOwner()}.${randomBytes(8).toString('hex')}`)
}

async function removeAbandoned(path: string, name: string): Promise<void> {
  const liveness = livenessOf(name.slice(0, name.lastIndexOf('.')))
  if (liveness === 'alive') return
  // Whatever fails here is somebody else's removal, or a problem the next write will report.
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) return
  if (liveness === 'dead' || Date.now() - file.mtimeMs > abandonedAfter) await rm(path, { force: true }).catch(() => undefined)
}
