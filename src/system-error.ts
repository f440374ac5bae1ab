/** An error of a system call in plain words. */
interface ExplainedError {
  readonly message: string
  readonly reason: string
  readonly hint?: string
}

/** Calls about files, and the words for them before the path. */
const calls: Readonly<Record<string, string>> = {
  access: 'use',
  chmod: 'change the mode of',
  chown: 'change the owner of',
  copyfile: 'copy',
  fchmod: 'change the mode of',
  fchown: 'change the owner of',
  ftruncate: 'write',
  futime: 'change the time of',
  lchown: 'change the owner of',
  link: 'link',
  lstat: 'inspect',
  lutime: 'change the time of',
  mkdir: 'make directory',
  mkdtemp: 'make directory',
  mknod: 'make device',
  open: 'open',
  opendir: 'list directory',
  read: 'read',
  readlink: 'read link',
  rename: 'rename',
  rm: 'remove',
  rmdir: 'remove directory',
  scandir: 'list directory',
  stat: 'inspect',
  statfs: 'inspect',
  symlink: 'make link',
  truncate: 'write',
  unlink: 'remove',
  utime: 'change the time of',
  write: 'write',
}

/** Words and what helps, by error number. */
const reasons: Readonly<Record<string, readonly [reason: string, hint?: string]>> = {
  EACCES: ['permission denied', 'give this user access to it, or run as its owner'],
  EBUSY: ['it is in use'],
  EDQUOT: ['the disk quota is exhausted'],
  EEXIST: ['it exists already'],
  EINVAL: ['the file system or the kernel does not accept this'],
  EIO: ['input or output error', 'check the kernel log: the disk or the file system may be damaged'],
  EISDIR: ['it is a directory'],
  ELOOP: ['too many links on the way to it'],
  EMFILE: ['too many open files', 'raise the limit: ulimit -n'],
  ENAMETOOLONG: ['its name is too long'],
  ENFILE: ['too many open files on this machine'],
  ENOENT: ['it does not exist'],
  ENOMEM: ['not enough memory'],
  ENOSPC: ['no space left'],
  ENOTDIR: ['a part of its path is not a directory'],
  ENOTEMPTY: ['the directory is not empty'],
  ENXIO: ['it has no device or reader'],
  EOPNOTSUPP: ['the file system does not support this'],
  EPERM: ['not permitted', 'run as its owner'],
  EROFS: ['the file system is read-only'],
  ETXTBSY: ['it is a running program'],
  EXDEV: ['it is on another file system'],
}

/**
 * Calls that make what their path names: if something does not exist, it is a directory on the way.
 */
const making = ['mkdir', 'mkdtemp', 'mknod', 'symlink']

/** Explains an error that Node made of a failed system call on files; undefined for any other. */
export function explainSystemError(error: unknown): ExplainedError | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined
  const { code, syscall } = error
  const verb = Object.hasOwn(calls, String(syscall)) ? calls[String(syscall)] : undefined
  const [reason, hint] = (Object.hasOwn(reasons, String(code)) ? reasons[String(code)] : undefined) ?? []
  if (verb === undefined || reason === undefined) return undefined
  const shown =
    code === 'ENOENT' && making.includes(String(syscall)) ? 'a directory on its path does not exist' : reason
  const path = 'path' in error && typeof error.path === 'string' ? ` "${error.path}"` : ' a file'
  const dest = 'dest' in error && typeof error.dest === 'string' ? ` to "${error.dest}"` : ''
  return { message: `cannot ${verb}${path}${dest}: ${shown}`, reason: shown, ...(hint !== undefined && { hint }) }
}

/**
 * A text in which the messages of these errors, with and without call and path, are plain words.
 */
export function inPlainWords(text: string, errors: readonly unknown[]): string {
  return errors.reduce<string>((message, error) => {
    const explained = explainSystemError(error)
    if (explained === undefined || !(error instanceof Error)) return message
    const withoutCall = error.message.replace(/, \w+( '.*)?$/s, '')
    return message.replaceAll(error.message, () => explained.message).replaceAll(withoutCall, () => explained.reason)
  }, text)
}
