import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkLiveness, parseOwner, temporaryPath } from '@tsbuild/content'

const kind = 'tsbuildload'

/**
 * Makes a private directory for archives on their way to a container engine. Removes those that
 * killed processes of this user left.
 */
export async function makeLoadDirectory(): Promise<string> {
  const names = await readdir(tmpdir()).catch(() => [])
  await Promise.all(names.filter((name) => name.startsWith(`${kind}-`)).map(removeAbandoned))
  const directory = temporaryPath(tmpdir(), kind)
  await mkdir(directory, { mode: 0o700 })
  return directory
}

async function removeAbandoned(name: string): Promise<void> {
  const path = join(tmpdir(), name)
  const owner = parseOwner(name)
  if (owner === undefined || checkLiveness(owner) !== 'dead') return
  // A link is not ours, wherever it leads.
  const stats = await lstat(path).catch(() => undefined)
  if (stats?.isDirectory() && stats.uid === process.geteuid?.())
    await rm(path, { recursive: true, force: true }).catch(() => {})
}
