import type { StoredImage } from '../../store/stored-image.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** An image under one of its names, as docker prints it. */
export interface NamedImage {
  readonly image: StoredImage
  /** In full; absent for an image without a name. */
  readonly name?: string
  /** Without `docker.io/` and `library/`; `<none>` for an image without a name. */
  readonly repository: string
  readonly tag: string
}

/** A row for each name of the images. */
export function listNames(images: readonly StoredImage[]): readonly NamedImage[] {
  return images.flatMap((image) =>
    image.names.length === 0
      ? [{ image, repository: '<none>', tag: '<none>' }]
      : image.names.map((name) => ({ image, name, ...splitName(name) })),
  )
}

/** Short form of a full reference: `docker.io/library/app:1` is `app:1`. */
export function shortName(name: string): string {
  return name.replace(/^docker\.io\/(?:library\/)?/, '')
}

function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const [, repository = name, tag = '<none>'] = /^(.*?)(?::([^:/@]+))?(?:@.*)?$/.exec(shortName(name)) ?? []
  return { repository, tag }
}

/** True for a tag with a digest in it: those of signatures, attestations and other referrers. */
export function isDigestTag(tag: string): boolean {
  return /^sha(?:256|512)-[0-9a-f]{64}/.test(tag)
}

/** Longer patterns than names can be are of no use, and slow. */
const maximumPattern = 500

/**
 * A test for names by a glob pattern: `v1.*`, `team/*`, `{a,b}`, `!(latest)`. `*` stays within a
 * path component. The library is loaded by this call. Throws `UsageError`.
 */
export async function matchPattern(pattern: string): Promise<(name: string) => boolean> {
  if (pattern.length > maximumPattern) throw new UsageError(`a pattern has at most ${maximumPattern} characters`)
  const { Minimatch } = await import('minimatch')
  const compiled = new Minimatch(pattern, { dot: true, nocomment: true, nonegate: true })
  return (name) => compiled.match(name)
}

/**
 * A test for images: `app` and `team/*` match repositories, `app:1.*` repositories with their tags.
 * `*` stays within a path component, as in docker. Throws `UsageError`.
 */
export async function nameMatcher(pattern: string): Promise<(named: NamedImage) => boolean> {
  const matches = await matchPattern(pattern)
  return ({ name, repository, tag }) =>
    [repository, `${repository}:${tag}`].some(matches) ||
    (name !== undefined && [name, name.replace(/:[^:/]+$/, '')].some(matches))
}
