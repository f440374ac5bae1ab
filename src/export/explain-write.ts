import { ExportError } from './export-error.ts'

/** System errors of writing a destination, in words. */
const reasons: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EBADF: 'no such descriptor is open for writing',
  EDQUOT: 'the disk quota is exhausted',
  EEXIST: 'a file has the name of a directory on its path',
  EISDIR: 'it is a directory',
  ENOENT: 'no file can be created there',
  ENXIO: 'nothing is connected to it',
  EPIPE: 'its reader has closed it',
  ENOTDIR: 'a part of its path is a file',
  EPERM: 'not permitted',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
}

/**
 * The same error; for one of the system about a destination, one that names it and explains it in
 * words.
 */
export function explainWrite(error: unknown, dest: string, hint = 'name another destination with dest='): unknown {
  const code = error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : ''
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined
  if (reason === undefined) return error
  return new ExportError('OUTPUT_FAILED', `cannot write "${dest}": ${reason}`, { cause: error, hint })
}

/** The same for standard output. */
export function explainOutput(error: Error): ExportError {
  const code = 'code' in error ? String(error.code) : ''
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : error.message
  return new ExportError('OUTPUT_FAILED', `cannot write to standard output: ${reason}`, { cause: error })
}
