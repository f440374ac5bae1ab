import { ExportError } from './export-error.ts'

/** What errors of the system mean for whoever named a destination. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'a file is in the way of a directory',
  EISDIR: 'it is a directory',
  ENOENT: 'no file can be made there',
  ENOTDIR: 'a part of its path is a file',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
}

/** The same error; for one of the system about a destination, one that names it and says why in words. */
export function explainWrite(error: unknown, dest: string): unknown {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : ''
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined
  if (reason === undefined) return error
  return new ExportError('OUTPUT_FAILED', `Cannot write "${dest}": ${reason}`, {
    cause: error,
    hint: 'name another destination with dest=',
  })
}
