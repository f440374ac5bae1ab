import { annotationKeys, type Descriptor, parseReference } from '@tsbuild/oci'
import { isRepositoryName, isTag } from '../names/grammar.ts'

/** Place of an image in the registry. */
export interface OfferedName {
  readonly repository: string
  readonly tag: string
}

/**
 * Names of an image of a layout in the registry that offers it: its own name without the host.
 * `app:1` is also `library/app:1`, as on Docker Hub. A name that is only a tag belongs to the
 * repository `layout`. Empty for images that have no such name.
 */
export function offeredNames(image: Descriptor, layout: string): readonly OfferedName[] {
  const full = image.annotations?.[annotationKeys.imageName]
  const name = image.annotations?.[annotationKeys.refName]
  const text = full ?? name
  if (text === undefined) return []
  if (full === undefined && isTag(text)) {
    const repository = layout.toLowerCase()
    return isRepositoryName(repository) ? [{ repository, tag: text }] : []
  }
  return namesOf(text)
}

function namesOf(text: string): readonly OfferedName[] {
  try {
    const { registry, repository, tag = 'latest' } = parseReference(text)
    const short = registry === 'docker.io' ? repository.replace(/^library\/(?!.*\/)/, '') : repository
    return [...new Set([short, repository])].map((each) => ({ repository: each, tag }))
  } catch {
    return []
  }
}
