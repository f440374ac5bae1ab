import { suggest } from '@tsbuild/dockerfile'
import { knownArchitectures, parsePlatform, parseReference } from '@tsbuild/oci'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * Throws `UsageError` unless every name is one an image can be given: a reference without digest.
 */
export function checkNames(flag: string, names: readonly string[]): void {
  for (const name of names) {
    const { digest } = parsed(flag, name, parseReference)
    if (digest !== undefined) throw new UsageError(`invalid ${flag} "${name}": a tag cannot have a digest`)
  }
}

/**
 * Throws `UsageError` unless every word is a platform. An unknown architecture may be a new one,
 * unless it looks like a typing error.
 */
export function checkPlatforms(flag: string, platforms: readonly string[]): void {
  for (const platform of platforms) {
    const { architecture } = parsed(flag, platform, parsePlatform)
    const near = knownArchitectures.has(architecture) ? undefined : suggest(architecture, knownArchitectures)
    if (near !== undefined) {
      const suggestion = platform.replace(architecture, near)
      throw new UsageError(`invalid ${flag} "${platform}": unknown architecture`, {
        hint: `did you mean ${suggestion}?`,
        suggestion,
      })
    }
  }
}

function parsed<T>(flag: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text)
  } catch (error) {
    throw new UsageError(`invalid ${flag} "${text}"`, { cause: error })
  }
}
