import type { Stats } from 'node:fs'
import { lstat, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { makeDirectories } from '@tsbuild/content'
import { ExportError } from './export-error.ts'

/** The object a destination names, with all symbolic links followed. */
export type Destination =
  /** A descriptor that this process has inherited: `/dev/stdout`, `/dev/fd/3`. */
  | { readonly kind: 'descriptor'; readonly descriptor: number }
  /**
   * A regular file, or none yet. `foreign`: of another user, in a directory where all users may
   * create files.
   */
  | { readonly kind: 'file'; readonly path: string; readonly present?: Stats; readonly foreign: boolean }
  /** A device, FIFO or socket, or a descriptor of another process. */
  | { readonly kind: 'special'; readonly path: string; readonly present: Stats }

/** As in the kernel (path_resolution(7)). */
const linkLimit = 40

/**
 * Follows the links of a destination and makes its directories. Throws `ExportError` for a
 * directory and for links that cannot be trusted.
 */
export async function resolveDestination(dest: string): Promise<Destination> {
  let path = resolve(dest)
  for (let links = 0; links <= linkLimit; links += 1) {
    const found = await resolveOnce(path, dest)
    if (typeof found !== 'string') return found
    path = found
  }
  throw new ExportError('OUTPUT_FAILED', `cannot write "${dest}": too many symbolic links`)
}

/** The object at `path`, or the path that a link there leads to. */
async function resolveOnce(named: string, dest: string): Promise<Destination | string> {
  const known = descriptorAt(named)
  if (known !== undefined) return { kind: 'descriptor', descriptor: known }
  await makeDirectories(dirname(named))
  const directory = await realpath(dirname(named))
  const path = join(directory, basename(named))
  const descriptor = descriptorAt(path)
  if (descriptor !== undefined) return { kind: 'descriptor', descriptor }
  const present = await lstat(path).catch(ignoreMissing)
  if (present === undefined) return { kind: 'file', path, foreign: false }
  if (present.isDirectory()) throw new ExportError('OUTPUT_CONFLICT', `destination file ${dest} is a directory`)
  const foreign = isForeign(present, await stat(directory))
  if (present.isFile()) return { kind: 'file', path, present, foreign }
  if (foreign) {
    throw new ExportError(
      'OUTPUT_FAILED',
      `cannot write "${dest}": "${path}" belongs to another user, in a directory where all users create files`,
    )
  }
  if (!present.isSymbolicLink()) return { kind: 'special', path, present }
  // The links of /proc/PID/fd show a name, but only the kernel can follow them.
  if (/^\/proc\/\d+(\/task\/\d+)?\/fd$/.test(directory)) return { kind: 'special', path, present: await stat(path) }
  return resolve(directory, await readlink(path))
}

/**
 * The descriptor of this process that a path names. By spelling, since a sandbox may lack /proc.
 */
function descriptorAt(path: string): number | undefined {
  if (path === '/dev/stdout') return 1
  if (path === '/dev/stderr') return 2
  const [, directory = '', number] = /^(.+)\/(\d+)$/.exec(path) ?? []
  return ['/dev/fd', '/proc/self/fd', `/proc/${process.pid}/fd`].includes(directory) ? Number(number) : undefined
}

/**
 * The kernel's rule for links, FIFOs and files in directories like /tmp (`fs.protected_symlinks`
 * and its siblings).
 */
function isForeign(present: Stats, directory: Stats): boolean {
  const shared = (directory.mode & 0o1002) === 0o1002
  return shared && present.uid !== directory.uid && present.uid !== process.geteuid?.()
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
  throw error
}
