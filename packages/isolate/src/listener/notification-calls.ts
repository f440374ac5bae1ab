// linux/seccomp.h. Sizes and directions are part of the numbers of ioctl(2).
export const NOTIF_RECV = 0xc0502100
export const NOTIF_SEND = 0xc0182101
export const NOTIF_ID_VALID = 0x40082102
export const NOTIF_ADDFD = 0x40182103
export const NOTIF_SET_FLAGS = 0x40082104

export const ADDFD_FLAG_SEND = 2
