/** Constants of the kernel's interface, under their own names (errno.h, fcntl.h, stat.h). */
export const EPERM = 1
export const EACCES = 13
export const EEXIST = 17
export const EINVAL = 22

export const O_ACCMODE = 3
export const O_WRONLY = 1
export const O_CREAT = 0o100
export const O_EXCL = 0o200
export const O_TRUNC = 0o1000
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

export const S_IFMT = 0o170000
export const S_IFCHR = 0o020000
export const S_IFDIR = 0o040000
export const S_IFBLK = 0o060000
export const S_IFREG = 0o100000
export const S_IFLNK = 0o120000
export const S_ISUID = 0o4000
export const S_ISGID = 0o2000
export const S_ISVTX = 0o1000
export const S_IXGRP = 0o010
