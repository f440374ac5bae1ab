import type { Arch } from '../machine/machine-code.ts'

/** Constants of the kernel's interface, under their own names (errno.h, fcntl.h, stat.h). */
export const EPERM = 1
export const ENOENT = 2
export const ESRCH = 3
export const EINTR = 4
export const ENXIO = 6
export const E2BIG = 7
export const ENOEXEC = 8
export const EBADF = 9
export const EAGAIN = 11
export const EACCES = 13
export const EFAULT = 14
export const EBUSY = 16
export const EEXIST = 17
export const EXDEV = 18
export const ENOTDIR = 20
export const EINVAL = 22
export const ETXTBSY = 26
export const EROFS = 30
export const ERANGE = 34
export const ENAMETOOLONG = 36
export const ENOSYS = 38
export const ELOOP = 40
export const ENODATA = 61
export const EOVERFLOW = 75
export const ELIBBAD = 80
export const EPROTOTYPE = 91
export const EOPNOTSUPP = 95
export const EADDRINUSE = 98
export const EISCONN = 106
export const ECONNREFUSED = 111

export const O_ACCMODE = 3
export const O_RDONLY = 0
export const O_WRONLY = 1
export const O_RDWR = 2
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_NOCTTY = 0o400
export const O_TRUNC = 0o1000
export const O_NONBLOCK = 0o4000
export const O_CLOEXEC = 0o2000000
export const O_PATH = 0o10000000
/** Without `O_DIRECTORY`, which comes with it. */
export const O_TMPFILE = 0o20000000

export const AT_FDCWD = -100
export const AT_SYMLINK_NOFOLLOW = 0x100
/** faccessat2(2). */
export const AT_EACCESS = 0x200
/** unlinkat(2). */
export const AT_REMOVEDIR = 0x200
export const AT_SYMLINK_FOLLOW = 0x400
export const AT_EMPTY_PATH = 0x1000
/** All flags of fstatat(2) and statx(2), with AT_NO_AUTOMOUNT and AT_STATX_SYNC_TYPE. */
export const statusFlags = 0x7900

export const S_IFMT = 0o170000
export const S_IFIFO = 0o010000
export const S_IFCHR = 0o020000
export const S_IFDIR = 0o040000
export const S_IFBLK = 0o060000
export const S_IFREG = 0o100000
export const S_IFLNK = 0o120000
export const S_IFSOCK = 0o140000
export const S_ISUID = 0o4000
export const S_ISGID = 0o2000
export const S_ISVTX = 0o1000
export const S_IXGRP = 0o010

/** Flags of open(2) that are not the same on every processor (asm/fcntl.h). */
export const openFlags: Readonly<
  Record<Arch, { readonly directory: number; readonly noFollow: number; readonly largeFile: number }>
> = {
  x64: { directory: 0o200000, noFollow: 0o400000, largeFile: 0o100000 },
  arm64: { directory: 0o40000, noFollow: 0o100000, largeFile: 0o400000 },
}

export const RESOLVE_NO_SYMLINKS = 0x04
export const RESOLVE_IN_ROOT = 0x10
