import type { EditedView } from './edited-view.ts'
import type { Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { parentOf } from '../model/path.ts'

/** Metadata of a new directory. */
export interface NewDirectory {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly time: number
}

/**
 * Makes a directory and the missing ones above it. Existing ones are not changed. Returns whether
 * it was missing.
 */
export function makeDirectory(view: EditedView, path: Path, metadata: NewDirectory): boolean {
  const found = view.get(path)
  if (found?.type === 'directory' || path === '') return false
  if (found !== undefined) {
    throw new TreeError('COPY_CONFLICT', `cannot copy to non-directory: /${path}`, {
      path,
      hint: 'name another destination',
    })
  }
  makeDirectory(view, parentOf(path), metadata)
  const { mode, uid, gid, time } = metadata
  view.put(path, { type: 'directory', mode, uid, gid, mtime: time })
  return true
}
