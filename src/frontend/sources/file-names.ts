import { posix } from 'node:path'
import type { Range } from '@tsbuild/dockerfile'
import { LowerError } from '../plan/lower-error.ts'

/**
 * File name of a download: the last part of the URL's path, decoded; `__unnamed__` when that is not
 * a valid name.
 */
export function urlFileName(url: string): string {
  if (!URL.canParse(url)) return unnamed
  const { pathname } = new URL(url)
  const name = posix.basename(decode(pathname))
  return name === '' || name === '.' || name === '..' || name.includes('\0') ? unnamed : name
}

/** The name of a heredoc that becomes a file; throws when it is no plain file name. */
export function heredocFileName(name: string, range: Range): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')) return name
  throw new LowerError('HEREDOC_NAME_INVALID', `heredoc name "${name}" is not a file name`, { range, word: name })
}

const unnamed = '__unnamed__'

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
