import { checkOptions, type Dockerfile, invalidDefaultArgInFrom, runChecks, selectWarnings, type Warning } from '@tsbuild/dockerfile'
import { parseReference } from '@tsbuild/oci'
import type { Plan } from './dependencies.ts'
import { evaluateGlobals, own } from './global-scope.ts'
import { LowerError } from './lower-error.ts'
import type { LowerOptions } from './lower-options.ts'
import { imageKey, type Resolution } from './resolve-images.ts'
import { expandFrom } from './stages.ts'

/** Everything worth telling about a build, in file order, without what is switched off. `found` was noticed while lowering. */
export function collectWarnings(plan: Plan, resolution: Resolution, found: readonly Warning[]): readonly Warning[] {
  const { dockerfile } = plan
  const options = checkOptionsOf(dockerfile, plan.options)
  const stages = new Set(resolution.triggers.keys())
  const checked = runChecks(dockerfile, { options, stages }).filter(({ rule, range }) => {
    if (rule !== 'JSONArgsRecommended') return true
    const stage = dockerfile.stages.findLast(({ from }) => from.range.start.line <= range.start.line)
    return stage === undefined || !hasShell(stage.index, plan, resolution)
  })
  const selected = selectWarnings(dockerfile, [...found, ...invalidDefaults(plan)], options)
  return [...checked, ...selected].sort((a, b) => a.range.start.line - b.range.start.line)
}

/** Throws when the file (`# check=error=true`) or BUILDKIT_DOCKERFILE_CHECK makes warnings errors and there are any. Call it after telling them. */
export function refuseWarnings(dockerfile: Dockerfile, options: Pick<LowerOptions, 'args'>, warnings: readonly Warning[]): void {
  const [first] = warnings
  if (first === undefined || !checkOptionsOf(dockerfile, options).error) return
  const rules = [...new Set(warnings.map(({ rule }) => rule))].join(', ')
  throw new LowerError('LINT_VIOLATION', `lint violation found for rules: ${rules}`, { range: first.range })
}

function checkOptionsOf(dockerfile: Dockerfile, { args }: Pick<LowerOptions, 'args'>): ReturnType<typeof checkOptions> {
  return checkOptions(dockerfile, own(args, 'BUILDKIT_DOCKERFILE_CHECK'))
}

/** A SHELL of the base image is a choice, too; the rule sees only the file. */
function hasShell(index: number, plan: Plan, resolution: Resolution): boolean {
  let stage = plan.stages[index]
  while (stage?.base.kind === 'stage') stage = plan.stages[stage.base.index]
  const image = stage?.base.kind === 'image' ? resolution.images.get(imageKey(stage.base, stage.platform)) : undefined
  return (image?.config.config?.Shell ?? []).length > 0
}

/** FROM lines that need a build argument to name an image. */
function invalidDefaults({ dockerfile, options }: Plan): readonly Warning[] {
  // Without arguments even a default may be an error; then there is nothing to say.
  const globals = attempt(() => evaluateGlobals(dockerfile, options, {}))
  if (globals === undefined) return []
  return dockerfile.stages.flatMap(({ from }) => {
    const name = attempt(() => expandFrom(from.image, from, { dockerfile, lookup: (variable) => globals.get(variable) }))
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
