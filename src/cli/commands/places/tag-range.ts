import { UsageError } from '../../invocation/usage-error.ts'

/**
 * A test of tags by a range of versions, as skopeo reads it: `^1.2`, `>= 1.2, < 2`, `1.x || 3.1`.
 * Tags that are no versions are outside of every range; `1.13` is 1.13.0. Throws `UsageError`.
 */
export async function parseTagRange(text: string, place: string): Promise<(tag: string) => boolean> {
  const { default: semver } = await import('semver')
  // Skopeo's ranges may have commas between conditions.
  const range = semver.validRange(text.replaceAll(',', ' '))
  if (range === null || text.trim() === '')
    throw new UsageError(`${place}: expected a range of versions, such as "^1.13" or ">= 1.2, < 2"`)
  return (tag) => {
    const version = completeVersion(tag)
    return version !== undefined && semver.satisfies(version, range)
  }
}

/** `v1.13-rc.1` as `1.13.0-rc.1`. */
function completeVersion(tag: string): string | undefined {
  const [, major, minor = '0', patch = '0', rest = ''] =
    /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?((?:-[\w.-]+)?)$/.exec(tag) ?? []
  return major === undefined ? undefined : `${major}.${minor}.${patch}${rest}`
}
