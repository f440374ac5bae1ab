import type { Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { readErrorCode } from './system-error.ts'

/** A directory below a root, and the remedy if it may not be read. */
export interface DirectoryPlace {
  readonly root: string
  readonly path: Path
  readonly remedy: string | undefined
}

/** The same error, or one that names the directory that this user may not read. */
export function unreadable({ root, path, remedy }: DirectoryPlace, cause: unknown): unknown {
  if (!['EACCES', 'EPERM'].includes(readErrorCode(cause) ?? '')) return cause
  const hint = remedy === undefined || path === '' ? 'make it readable' : `make it readable, or ${remedy}`
  return new TreeError('FILE_UNREADABLE', `cannot read directory "${path === '' ? root : path}": permission denied`, {
    path,
    cause,
    hint,
  })
}
