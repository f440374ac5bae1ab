import type { Dockerfile } from '../syntax/dockerfile.ts'

/** For each stage the index of the earlier stage its FROM names as written, if any. */
export function parentStages(dockerfile: Dockerfile): readonly (number | undefined)[] {
  const byAlias = new Map<string, number>()
  return dockerfile.stages.map(({ from, index }) => {
    const parent = byAlias.get(from.image)
    if (from.alias !== undefined) byAlias.set(from.alias, index)
    return parent
  })
}
