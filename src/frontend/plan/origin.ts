import type { Range, Suggestion } from '@tsbuild/dockerfile'
import { formatPlatform, formatReference, OciError, parseReference, type Platform, withDefaultTag } from '@tsbuild/oci'
import { LowerError } from './lower-error.ts'
import type { NamedContext } from './lower-options.ts'

/** Source of files, named by FROM, COPY --from and mounts. */
export type Origin = { readonly kind: 'scratch' } | StageOrigin | ImageOrigin | ContextOrigin

/** Stage of the file. It precedes its users, unless a named context refers to it. */
export interface StageOrigin {
  readonly kind: 'stage'
  readonly index: number
  readonly viaContext?: boolean
}

/** `reference` is normalised; in a layout it is a tag or digest as written. */
export interface ImageOrigin {
  readonly kind: 'image'
  readonly reference: string
  readonly layout?: string
  /** Named context that `layout` was given as. */
  readonly context?: string
}

/** Files without an image config. */
export interface ContextOrigin {
  readonly kind: 'context'
  readonly name: string
  readonly context: Extract<NamedContext, { readonly kind: 'local' | 'git' | 'http' }>
}

/**
 * The image a name means; throws `LowerError` when it is no image name, whether or not anything
 * needs the image.
 */
export function imageOrigin(name: string, range: Range, hint?: string): ImageOrigin {
  try {
    const reference = parseReference(name)
    // Docker's rules take an upper-case first part for a host; in a Dockerfile it is a misspelt
    // stage or repository.
    if (/^[^.:]*[A-Z][^.:]*$/.test(reference.registry)) {
      throw new Error(`invalid reference format: repository name (${name}) must be lowercase`)
    }
    return { kind: 'image', reference: formatReference(withDefaultTag(reference)) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    // No cause: its message repeats the name, and says nothing else.
    const bare = reason.replace(/^cannot read reference ".*": /s, '')
    throw new LowerError('REFERENCE_INVALID', `failed to parse stage name "${name}": ${bare}`, {
      range,
      word: name,
      ...(error instanceof OciError && { hint: error.hint }),
      ...(hint !== undefined && { hint }),
      ...meant(name),
    })
  }
}

/** Suggestion for an unknown name. */
function meant(name: string): Suggestion {
  const likely = name
    .replace(/^https?:\/\//, '')
    .replace(/^[^/:@]+(?=[:@]|$)|(?<=\/)[^:@]+/g, (part) => part.toLowerCase())
  if (likely === name) return {}
  try {
    parseReference(likely)
  } catch {
    return {}
  }
  return { hint: `did you mean ${likely}?`, suggestion: likely }
}

/**
 * The named context for a name in a Dockerfile: as written, with or without `:latest`,
 * `name::platform` first. Reserved names have none.
 */
export function findContext(
  name: string,
  contexts: Readonly<Record<string, NamedContext>>,
  platform: Platform,
): { readonly name: string; readonly context: NamedContext } | undefined {
  if (name === 'scratch' || name === 'context') return undefined
  for (const spelling of spellings(name)) {
    for (const key of [`${spelling}::${formatPlatform(platform)}`, spelling]) {
      const context = Object.hasOwn(contexts, key) ? contexts[key] : undefined
      if (context) return { name: key, context }
    }
  }
  return undefined
}

function spellings(name: string): readonly string[] {
  const familiar = name.replace(/^docker\.io\/(library\/)?/, '')
  return [...new Set([name, familiar])].flatMap((spelling) =>
    spelling.endsWith(':latest') ? [spelling, spelling.slice(0, -':latest'.length)] : [spelling, `${spelling}:latest`],
  )
}
