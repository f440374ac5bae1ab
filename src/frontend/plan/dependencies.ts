import { type Dockerfile, type Range, suggest, type Suggestion } from '@tsbuild/dockerfile'
import { LowerError } from './lower-error.ts'
import type { LowerOptions } from './lower-options.ts'
import { type MountSource, mountSource } from './mount-source.ts'
import type { Origin } from './origin.ts'
import { externalOrigin, type PlannedStage, type StageInstruction } from './stages.ts'

/** The Dockerfile with every FROM understood. */
export interface StagePlan {
  readonly dockerfile: Dockerfile
  readonly options: LowerOptions
  readonly stages: readonly PlannedStage[]
}

/** Something an instruction takes files from besides its own stage and the main context. */
export interface Dependency {
  /** As written. */
  readonly name: string
  readonly origin: Origin
  readonly range: Range
  /** Mount point of RUN, as written; absent for COPY. */
  readonly target?: string
}

/** Sources of files of an instruction. Throws for names that cannot be valid. */
export function findDependencies(
  instruction: StageInstruction,
  stage: PlannedStage,
  plan: StagePlan,
): readonly Dependency[] {
  const { range } = instruction
  if (instruction.kind === 'COPY' && instruction.from !== undefined)
    return [copyDependency(instruction.from, range, { stage, plan })]
  if (instruction.kind !== 'RUN') return []
  const sources = instruction.mounts.flatMap((mount) => mountSource(mount) ?? [])
  return sources.map((source) => mountDependency(source, range, { stage, plan }))
}

interface Place {
  readonly stage: PlannedStage
  readonly plan: StagePlan
}

/** COPY --from: an index, the name of a stage in any case, a named context or an image. */
export function copyDependency(name: string, range: Range, { stage, plan }: Place): Dependency {
  if (!/^[+-]?\d+$/.test(name)) return { name, origin: namedOrigin(name, range, { stage, plan }), range }
  const index = Number(name)
  if (index < 0 || index >= plan.stages.length) {
    const hint = `stages are counted from 0: the last one is ${plan.stages.length - 1}`
    throw new LowerError('STAGE_INDEX_INVALID', `invalid stage index ${index}`, { range, word: name, hint })
  }
  return { name, origin: { kind: 'stage', index }, range }
}

/** RUN --mount=from=: a name as in COPY, but a number is a name, too. */
export function mountDependency({ from, target }: MountSource, range: Range, place: Place): Dependency {
  return { name: from, origin: namedOrigin(from, range, place), range, target }
}

/** Throws when a stage is used before it is defined. */
export function checkOrder({ name, origin, range, target }: Dependency, stage: PlannedStage): void {
  if (origin.kind !== 'stage' || origin.index < stage.index || origin.viaContext) return
  if (origin.index === stage.index) throw circular(name, range)
  const message =
    target === undefined
      ? `cannot copy from stage "${name}", it needs to be defined before current stage "${stage.title}"`
      : `cannot mount from stage "${name}" to "${target}", stage needs to be defined before current command`
  throw new LowerError('STAGE_ORDER', message, { range, word: name, hint: `move stage "${name}" above this one` })
}

/** The error for a stage that needs itself. */
export function circular(name: string, range: Range): LowerError {
  return new LowerError('STAGE_CYCLE', `circular dependency detected on stage: ${name}`, {
    range,
    word: name,
    hint: 'a stage cannot copy from itself or from a stage built on it',
  })
}

/** The stage or named context that a misspelt name may have meant. */
export function suggestSource(name: string, { stages, options }: StagePlan): Suggestion {
  const aliases = stages.flatMap(({ from }) => from.alias ?? [])
  const similar = suggest(name.toLowerCase(), [...aliases, ...Object.keys(options.contexts)])
  if (similar === undefined) return {}
  return {
    hint: `did you mean ${aliases.includes(similar) ? 'stage' : 'build context'} "${similar}"?`,
    suggestion: similar,
  }
}

const named = new WeakMap<StagePlan['stages'], ReadonlyMap<string, readonly PlannedStage[]>>()

/** Stages by name, made once for each plan: thousands of instructions may name a stage. */
function stagesNamed(stages: StagePlan['stages']): ReadonlyMap<string, readonly PlannedStage[]> {
  const byName = named.get(stages) ?? Map.groupBy(stages, ({ from }) => from.alias ?? '')
  named.set(stages, byName)
  return byName
}

function namedOrigin(name: string, range: Range, { stage, plan }: Place): Origin {
  const sameName = stagesNamed(plan.stages).get(name.toLowerCase()) ?? []
  // The last one before this stage; a later one is found only to say so.
  const found = sameName.findLast(({ index }) => index < stage.index) ?? sameName[0]
  if (found) return { kind: 'stage', index: found.index }
  // Images taken from without a FROM are for the platform of the image that is built.
  const { dockerfile, options } = plan
  return externalOrigin(name, { dockerfile, options, platform: options.platform, range })
}
