import type { StoredImage } from '../../store/local-store.ts'

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

/**
 * A test for names: `app` and `team/*` match repositories, `app:1.*` repositories with their tags.
 * `*` stays within a path component, as in docker. The library is loaded by this call.
 */
export async function nameMatcher(pattern: string): Promise<(named: NamedImage) => boolean> {
  const { minimatch } = await import('minimatch')
  const matches = (name: string): boolean => minimatch(name, pattern, { dot: true, nocomment: true, nonegate: true })
  return ({ name, repository, tag }) =>
    [repository, `${repository}:${tag}`].some(matches) ||
    (name !== undefined && [name, name.replace(/:[^:/]+$/, '')].some(matches))
}
