import {
  advise,
  checkOptions,
  type Dockerfile,
  invalidDefaultArgInFrom,
  type Range,
  runChecks,
  selectWarnings,
  type Warning,
} from '@tsbuild/dockerfile'
import { parseReference } from '@tsbuild/oci'
import { evaluateGlobals, own } from './plan/global-scope.ts'
import { LowerError } from './plan/lower-error.ts'
import type { LowerOptions } from './plan/lower-options.ts'
import { expandFrom } from './plan/stages.ts'

/** Findings of lowering a file, finished or not. */
export interface Findings {
  /** Noticed on the way. */
  readonly found: readonly Warning[]
  /** Stages that were lowered. */
  readonly stages: ReadonlySet<number>
  /** Stage at which lowering ended early: later stages were not lowered. */
  readonly before?: Range
}

/** All warnings of a build, in file order, except those that are switched off. */
export function collectWarnings(
  dockerfile: Dockerfile,
  options: LowerOptions,
  { found, stages, before }: Findings,
): readonly Warning[] {
  const selection = readCheckOptions(dockerfile, options)
  const ofFile = runChecks(dockerfile, { options: selection, scopes: ['file'] })
  const ofStages = runChecks(before === undefined ? dockerfile : cutOff(dockerfile, before), {
    options: selection,
    scopes: ['stage'],
    stages,
  })
  const noticed = selectWarnings(dockerfile, [...invalidDefaults(dockerfile, options), ...found], selection)
  const advised = selectWarnings(dockerfile, advise(dockerfile, options.advice ?? []), selection)
  return [...ofFile, ...noticed, ...ofStages, ...advised].sort((a, b) => a.range.start.line - b.range.start.line)
}

/** The file without the instructions of stages from a place on. */
function cutOff(dockerfile: Dockerfile, { start }: Range): Dockerfile {
  const stages = dockerfile.stages.map((stage) => ({
    ...stage,
    instructions: stage.instructions.filter(({ range }) => range.start.line < start.line),
  }))
  return { ...dockerfile, stages }
}

/**
 * Throws when the file (`# check=error=true`) or BUILDKIT_DOCKERFILE_CHECK makes warnings errors
 * and there are any. Call it after telling them.
 */
export function refuseWarnings(
  dockerfile: Dockerfile,
  options: Pick<LowerOptions, 'args'>,
  warnings: readonly Warning[],
): void {
  const [first] = warnings
  if (first === undefined || !readCheckOptions(dockerfile, options).error) return
  const rules = [...new Set(warnings.map(({ rule }) => rule))].join(', ')
  throw new LowerError('LINT_VIOLATION', `lint violation found for rules: ${rules}`, { range: first.range })
}

function readCheckOptions(
  dockerfile: Dockerfile,
  { args }: Pick<LowerOptions, 'args'>,
): ReturnType<typeof checkOptions> {
  return checkOptions(dockerfile, own(args, 'BUILDKIT_DOCKERFILE_CHECK'))
}

/** FROM lines that need a build argument to name an image. */
function invalidDefaults(dockerfile: Dockerfile, options: LowerOptions): readonly Warning[] {
  // Without arguments even a default may be an error; then there is nothing to say.
  const globals = attempt(() => evaluateGlobals(dockerfile, options, {}))
  if (globals === undefined) return []
  return dockerfile.stages.flatMap(({ from }) => {
    const name = attempt(() =>
      expandFrom(from.image, from, { dockerfile, lookup: (variable) => globals.get(variable) }),
    )
    if (name === undefined || name === 'scratch' || attempt(() => parseReference(name))) return []
    return [invalidDefaultArgInFrom(from.image, from.range)]
  })
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
