/**
 * Constants of the kernel's interface (linux/mount.h, linux/sched.h, linux/prctl.h), under their
 * own names.
 */
export const AT_FDCWD = -100
export const AT_EMPTY_PATH = 0x1000
export const AT_RECURSIVE = 0x8000
export const CLONE_NEWNS = 0x00020000
export const CLONE_PARENT_SETTID = 0x00100000
export const CLONE_NEWCGROUP = 0x02000000
export const CLONE_NEWUTS = 0x04000000
export const CLONE_NEWIPC = 0x08000000
export const CLONE_NEWUSER = 0x10000000
export const CLONE_NEWPID = 0x20000000
export const CLONE_NEWNET = 0x40000000
export const FSCONFIG_CMD_CREATE = 6
export const FSMOUNT_CLOEXEC = 1
export const FSOPEN_CLOEXEC = 1
export const MNT_DETACH = 2
export const MOUNT_ATTR_RDONLY = 1
export const MOUNT_ATTR_NOSUID = 2
export const MOUNT_ATTR_NODEV = 4
export const MOUNT_ATTR_NOEXEC = 8
export const MOVE_MOUNT_FROM_EMPTY_PATH = 0x4
export const MOVE_MOUNT_TO_SYMLINKS = 0x10
export const MS_RDONLY = 1
export const MS_NOSUID = 2
export const MS_NODEV = 4
export const MS_NOEXEC = 8
export const MS_BIND = 4096
export const MS_REC = 16384
export const MS_PRIVATE = 1 << 18
export const O_CLOEXEC = 0o2000000
export const O_RDWR = 2
export const O_PATH = 0o10000000
export const OPEN_TREE_CLOEXEC = 0o2000000
export const OPEN_TREE_CLONE = 1
export const PR_SET_PDEATHSIG = 1
export const PR_SET_KEEPCAPS = 8
export const PR_CAPBSET_DROP = 24
export const PR_SET_CHILD_SUBREAPER = 36
export const PR_SET_NO_NEW_PRIVS = 38
export const PR_CAP_AMBIENT = 47
export const PR_CAP_AMBIENT_CLEAR_ALL = 4
export const PR_CAP_AMBIENT_RAISE = 2
export const SIGCHLD = 17
export const SIGKILL = 9
export const S_IFREG = 0o100000
