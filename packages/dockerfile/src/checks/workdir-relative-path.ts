import type { Warning } from '../syntax/dockerfile.ts'
import { DockerfileError } from '../text/errors.ts'
import { expandWord } from '../expand/expand.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { Range } from '@tsbuild/errors'
import type { Check } from './check.ts'
import { parentStages } from './parent-stages.ts'
import { warning } from './warning.ts'

/**
 * The first WORKDIR of a stage and the stages of the file it is based on, when it is relative. A
 * path that depends on variables is given the benefit of the doubt.
 */
export const workdirRelativePath: Check = {
  rule: 'WorkdirRelativePath',
  scope: 'value',
  run(dockerfile) {
    const parents = parentStages(dockerfile)
    const settled: boolean[] = []
    return dockerfile.stages.flatMap(({ index, instructions }) => {
      const first = instructions.find((instruction) => instruction.kind === 'WORKDIR')
      const before = settled[parents[index] ?? -1] ?? false
      settled.push(before || first !== undefined)
      const path = before || first === undefined ? undefined : constantPart(first.path, dockerfile.directives.escape)
      return first === undefined || path === undefined ? [] : checkFirstWorkdir(path, first.range)
    })
  },
}

/** Warnings about the path of the first WORKDIR, variables expanded. */
export function checkFirstWorkdir(path: string, range: Range): readonly Warning[] {
  if (path.startsWith('/')) return []
  const detail = `Relative workdir ${quoteGo(path)} can have unexpected results if the base image changes`
  return [warning('WorkdirRelativePath', detail, range)]
}

/**
 * The word without quotes; undefined when a variable is in it, or it cannot be read (the build will
 * say so).
 */
function constantPart(word: string, escape: string): string | undefined {
  let constant = true
  try {
    const text = expandWord(word, () => undefined, { escape, onLookup: () => (constant = false) })
    return constant ? text : undefined
  } catch (error) {
    if (error instanceof DockerfileError) return undefined
    throw error
  }
}
