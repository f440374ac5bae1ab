import { release } from 'node:os'

/** True for a kernel of at least this version, by the name that it gives itself (uname(2)). */
export function isSince(major: number, minor: number): boolean {
  const [ownMajor = 0, ownMinor = 0] = release().split('.').map(Number)
  return ownMajor > major || (ownMajor === major && ownMinor >= minor)
}
