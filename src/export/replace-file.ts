import { constants, type Stats } from 'node:fs'
import { chmod, chown, copyFile, lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { checkLiveness, parseOwner, temporaryPath, writeNewFile } from '@tsbuild/content'
import { writeStream } from './write-stream.ts'

export interface ReplaceOptions {
  /** The file to replace. */
  readonly present?: Stats
  /** The file may be written in place where its directory takes no draft. */
  readonly inPlace: boolean
  readonly signal: AbortSignal
}

/**
 * Files of processes in other PID namespaces, whose end cannot be seen, count as abandoned after a
 * day.
 */
const abandonedAfter = 24 * 60 * 60 * 1000

/**
 * Writes a file that appears, or replaces the old one, when it is complete; owner and mode stay. A
 * draft beside it is removed on failure; drafts of killed processes in the directory are removed
 * first.
 */
export async function replaceFile(
  path: string,
  content: AsyncIterable<Uint8Array>,
  options: ReplaceOptions,
): Promise<void> {
  const { present, inPlace, signal } = options
  await removeAbandonedDrafts(dirname(path))
  const draft = join(dirname(path), `.tsbuild-${basename(temporaryPath(dirname(path)))}.part`)
  try {
    await writeNewFile(draft, content, { signal, ...(present !== undefined && { mode: 0o600 }) })
    if (present !== undefined) await takeOver(draft, present)
    await rename(draft, path).catch(async (error: unknown) => {
      // A mount point, or the file of another user in a sticky directory.
      if (present === undefined || !inPlace || !isRefused(error)) throw error
      await copyFile(draft, path)
      await rm(draft)
    })
  } catch (error) {
    const untouched = isRefused(error) && 'path' in error && error.path === draft && error.syscall === 'open'
    if (untouched && present !== undefined && inPlace) return overwrite(path, content, signal)
    await rm(draft, { force: true })
    throw error
  }
}

/** Owner and mode of the old file, as far as the kernel lets us. */
async function takeOver(draft: string, { uid, gid, mode }: Stats): Promise<void> {
  await chown(draft, uid, gid).catch(() => {})
  await chmod(draft, mode & 0o777)
}

/** The last resort: what fails midway leaves half a file. */
async function overwrite(path: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  const file = await open(path, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW)
  await writeStream(content, file.createWriteStream(), signal)
}

function isRefused(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && ['EACCES', 'EBUSY', 'EPERM', 'EROFS'].includes(String(error.code))
}

async function removeAbandonedDrafts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => [])
  await Promise.all(names.map((name) => removeAbandoned(join(directory, name), name)))
}

async function removeAbandoned(path: string, name: string): Promise<void> {
  const [, draftName = ''] = /^\.tsbuild-(.+)\.part$/.exec(name) ?? []
  const owner = parseOwner(draftName)
  const liveness = owner === undefined ? 'alive' : checkLiveness(owner)
  if (liveness === 'alive') return
  const draft = await lstat(path).catch(() => undefined)
  if (draft === undefined || !draft.isFile() || draft.uid !== process.geteuid?.()) return
  if (liveness === 'dead' || Date.now() - draft.mtimeMs > abandonedAfter)
    await rm(path, { force: true }).catch(() => {})
}
