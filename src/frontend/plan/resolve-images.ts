import { DockerfileError, type Instruction, parseInstruction, type Range } from '@tsbuild/dockerfile'
import { formatPlatform, type Platform } from '@tsbuild/oci'
import type { BaseImageResolver, ResolvedImage } from './base-image.ts'
import { checkOrder, findDependencies, type StagePlan, suggestSource } from './dependencies.ts'
import { LowerError } from './lower-error.ts'
import type { ImageOrigin } from './origin.ts'
import type { PlannedStage, StageInstruction } from './stages.ts'

/** Everything lowering needs from outside, so that the rest of it is a pure function. */
export interface Resolution {
  /** By `imageKey`. */
  readonly images: ReadonlyMap<string, ResolvedImage>
  /**
   * ONBUILD triggers of a stage's base, by stage, in stored order. Stages without an entry are not
   * needed.
   */
  readonly triggers: ReadonlyMap<number, readonly StageInstruction[]>
}

/** Name of an image, and the place of the name. */
interface Place {
  readonly name: string
  readonly range: Range
}

/** Identity of an image within a build. */
export function imageKey({ reference, layout }: ImageOrigin, platform: Platform): string {
  return JSON.stringify([layout ?? '', reference, formatPlatform(platform)])
}

/**
 * Asks for every image that the targets need, each once, as early as it is known to be needed.
 * Triggers may need more stages and images.
 */
export async function resolveImages(
  plan: StagePlan,
  targets: readonly number[],
  resolver: BaseImageResolver,
): Promise<Resolution> {
  const pending = new Map<string, Promise<ResolvedImage>>()
  const images = new Map<string, ResolvedImage>()
  const triggers = new Map<number, readonly StageInstruction[]>()
  const visited = new Set<number>()

  async function visit(index: number): Promise<void> {
    const stage = plan.stages[index]
    // The first request waits for it: waiting twice could end in a cycle.
    if (stage === undefined || visited.has(index)) return
    visited.add(index)
    // Chains of stages may be longer than the call stack.
    await Promise.resolve()
    await Promise.all([visitBase(stage), ...stage.instructions.map((instruction) => visitSources(instruction, stage))])
  }

  async function visitBase(stage: PlannedStage): Promise<void> {
    const { base, from } = stage
    const [inherited] = await Promise.all([readTriggers(stage), base.kind === 'stage' ? visit(base.index) : undefined])
    const parsed = inherited.map((text) => parseTrigger(text, from.range))
    triggers.set(stage.index, parsed)
    await Promise.all(parsed.map((trigger) => visitSources(trigger, stage)))
  }

  async function readTriggers({ base, platform, image: name, from }: PlannedStage): Promise<readonly string[]> {
    if (base.kind === 'image')
      return (await image(base, platform, { name, range: from.range })).config.config?.OnBuild ?? []
    if (base.kind !== 'stage') return []
    return (plan.stages[base.index]?.instructions ?? []).flatMap((instruction) =>
      instruction.kind === 'ONBUILD' ? [instruction.expression] : [],
    )
  }

  async function visitSources(instruction: StageInstruction, stage: PlannedStage): Promise<void> {
    await Promise.all(
      findDependencies(instruction, stage, plan).map(async (dependency) => {
        checkOrder(dependency, stage)
        const { origin } = dependency
        if (origin.kind === 'stage') await visit(origin.index)
        if (origin.kind === 'image') await image(origin, plan.options.platform, dependency)
      }),
    )
  }

  async function image(origin: ImageOrigin, platform: Platform, where: Place): Promise<ResolvedImage> {
    const key = imageKey(origin, platform)
    const asked = pending.get(key) ?? ask(origin, platform, resolver)
    pending.set(key, asked)
    try {
      const resolved = await asked
      images.set(key, resolved)
      return resolved
    } catch (error) {
      throw located(error, where, plan)
    }
  }

  await Promise.all(targets.map(visit))
  return { images, triggers }
}

function ask(
  { reference, layout }: ImageOrigin,
  platform: Platform,
  resolver: BaseImageResolver,
): Promise<ResolvedImage> {
  return resolver.resolve({ reference, platform, ...(layout !== undefined && { layout }) })
}

/**
 * Says where in the Dockerfile the image is named, and which stage a misspelt name may have meant.
 * What happened stays the cause.
 */
function located(error: unknown, { name, range }: Place, plan: StagePlan): LowerError {
  const message = error instanceof Error ? error.message : String(error)
  return new LowerError('IMAGE_UNRESOLVED', message, {
    range,
    word: name,
    ...suggestSource(name, plan),
    cause: error,
  })
}

/** A stored trigger as if it stood at the FROM that pulls it in. */
function parseTrigger(text: string, range: Range): StageInstruction {
  const instruction = parseAt(text, range)
  if (instruction.kind === 'FROM' || instruction.kind === 'MAINTAINER' || instruction.kind === 'ONBUILD') {
    throw new LowerError('ONBUILD_INVALID', `${instruction.kind} isn't allowed as an ONBUILD trigger`, { range })
  }
  return { ...instruction, range, comments: [] }
}

/** Places inside a trigger mean nothing to the reader of this file. */
function parseAt(text: string, range: Range): Instruction {
  try {
    return parseInstruction(text)
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error
    throw new DockerfileError(error.code, error.message, {
      range,
      cause: error,
    })
  }
}
