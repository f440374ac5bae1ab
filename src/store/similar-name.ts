import { suggest } from '@tsbuild/dockerfile'
import { familiarReference, parseReference, type Reference, withDefaultTag } from '@tsbuild/oci'

/**
 * Stored name that is likely intended, in its short form: of the same repository with any tag, else
 * one that is spelt alike.
 */
export function similarName(name: string, stored: readonly string[]): string | undefined {
  const wanted = readReference(name)
  if (wanted === undefined) return undefined
  const known = stored.flatMap((text) => readReference(text) ?? [])
  const repository = formatRepository(wanted)
  const repositories = [...new Set(known.map(formatRepository))]
  const meant = repositories.includes(repository) ? repository : suggest(repository, repositories)
  const names = known.filter((reference) => formatRepository(reference) === meant).map(familiarReference)
  return suggest(familiarReference(withDefaultTag(wanted)), names, Infinity)
}

function formatRepository({ registry, repository }: Reference): string {
  return familiarReference({ registry, repository })
}

function readReference(text: string): Reference | undefined {
  try {
    return parseReference(text)
  } catch {
    return undefined
  }
}
