/** Resource limits of `setrlimit(2)`, without their prefix `RLIMIT_`. */
export const ulimitNames = [
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
] as const

/** Values of `isolation`; `auto` is the strongest rung that works. */
export const isolationNames = [
  'auto',
  'root',
  'userns',
  'userns-single',
  'chroot',
  'confined',
  'oci',
  'oci:crun',
  'oci:runc',
] as const

/** Forms of a value of `allow`. */
export const grantForms = [
  'network.host',
  'security.insecure',
  'device',
  'device=NAME[,alias=NAME]',
  'secret-in-layer',
] as const

/**
 * Rights that a Dockerfile needs from the caller. `network.host` and `security.insecure` are for
 * RUN flags of these names; `device` for all devices that RUN requests, `device=NAME` for one, also
 * under another name with `,alias=NAME`; `secret-in-layer` allows secrets in the image.
 */
export type Grant = Exclude<(typeof grantForms)[number], `device=${string}`> | `device=${string}`

/** True for a value of `allow`. */
export function isGrant(text: string): text is Grant {
  return grantForms.some((form) => form === text && !form.includes('=')) || /^device=[^,]+(,alias=[^,]+)?$/.test(text)
}

/** For people: the form of a seed of `cacheVerify`. */
export const seedForm = 'at most 64 letters, digits, dots, dashes and underscores'

/** True for a seed of `cacheVerify`. */
export function isSeed(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text)
}
