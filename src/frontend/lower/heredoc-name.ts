import type { Range } from '@tsbuild/dockerfile'
import { LowerError } from '../plan/lower-error.ts'

/** The name of a heredoc that becomes a file; throws when it is no plain file name. */
export function heredocFileName(name: string, range: Range): string {
  if (name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !name.includes('\0')) return name
  throw new LowerError('HEREDOC_NAME_INVALID', `heredoc name "${name}" is not a file name`, { range, word: name })
}
