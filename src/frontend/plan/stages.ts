import {
  didYouMean,
  type Dockerfile,
  expandWord,
  type FromInstruction,
  type Lookup,
  type Range,
  type Stage,
  undefinedArgInFrom,
  withRange,
} from '@tsbuild/dockerfile'
import { parsePlatform, type Platform } from '@tsbuild/oci'
import type { GlobalScope, Warn } from './global-scope.ts'
import { LowerError } from './lower-error.ts'
import type { LowerOptions, NamedContext } from './lower-options.ts'
import { findContext, imageOrigin, type Origin } from './origin.ts'

/** An instruction after FROM. */
export type StageInstruction = Stage['instructions'][number]

/** A stage with its FROM understood. */
export interface PlannedStage {
  readonly index: number
  /**
   * As progress shows it: the alias, `stage-N`, or nothing in a file with a single nameless stage.
   */
  readonly title: string
  /** As `--no-cache-filter` names it: the alias or the index. */
  readonly id: string
  readonly from: FromInstruction
  /** Name in FROM, variables expanded. */
  readonly image: string
  readonly base: Origin
  readonly platform: Platform
  /** None when a named context stands in for the stage. */
  readonly instructions: readonly StageInstruction[]
}

/**
 * Understands every FROM: variables, platform, and which of stage, named context or image is meant.
 * Throws for unreachable stages, too.
 */
export function planStages(
  dockerfile: Dockerfile,
  { globals, options, warn }: { readonly globals: GlobalScope; readonly options: LowerOptions; readonly warn: Warn },
): readonly PlannedStage[] {
  const planned: PlannedStage[] = []
  const byName = new Map<string, PlannedStage>()
  for (const stage of dockerfile.stages) {
    const { from, index } = stage
    const expand = fromExpander(from, dockerfile, { globals, warn })
    const image = expand(from.image)
    if (image === '') {
      throw new LowerError('BASE_NAME_BLANK', `base name (${from.image}) should not be blank`, {
        range: from.range,
        word: from.image,
        hint: unsetHint(from.image, { dockerfile, globals }),
      })
    }
    const parent = image === 'scratch' ? undefined : byName.get(image)
    const platform = stagePlatform(from, expand, (word) => unsetHint(word, { dockerfile, globals })) ?? options.platform
    const where = { dockerfile, options, platform, range: from.range }
    const replacement = from.alias === undefined ? undefined : findContext(from.alias, options.contexts, platform)
    const stagePlanned: PlannedStage = {
      index,
      title: from.alias ?? (dockerfile.stages.length > 1 ? `stage-${index}` : ''),
      id: from.alias ?? String(index),
      from,
      image,
      base: replacement
        ? contextOrigin(replacement, where)
        : parent
          ? { kind: 'stage', index: parent.index }
          : externalOrigin(image, { ...where, hint: unsetHint(from.image, { dockerfile, globals }) }),
      platform: parent && !replacement ? parent.platform : platform,
      instructions: replacement ? [] : stage.instructions,
    }
    planned.push(stagePlanned)
    if (from.alias !== undefined) byName.set(from.alias, stagePlanned)
  }
  return planned
}

/** Index of the stage to build. Only names count, in any case. */
export function targetStage(dockerfile: Dockerfile, target: string | undefined): number {
  if (target === undefined) return dockerfile.stages.length - 1
  return findStage(dockerfile, target)
}

/** Origin of a name that is not a stage: scratch, a named context or an image. */
export function externalOrigin(
  name: string,
  where: {
    readonly dockerfile: Dockerfile
    readonly options: LowerOptions
    readonly platform: Platform
    readonly range: Range
    /** Remedy for a name that is invalid. */
    readonly hint?: string | undefined
  },
): Origin {
  if (name === 'scratch') return { kind: 'scratch' }
  const found = findContext(name, where.options.contexts, where.platform)
  return found ? contextOrigin(found, where) : imageOrigin(name, where.range, where.hint)
}

function contextOrigin(
  { name, context }: { readonly name: string; readonly context: NamedContext },
  { dockerfile, range }: { readonly dockerfile: Dockerfile; readonly range: Range },
): Origin {
  switch (context.kind) {
    case 'image':
      return context.reference === 'scratch' ? { kind: 'scratch' } : imageOrigin(context.reference, range)
    case 'layout':
      return { kind: 'image', reference: context.reference, layout: context.directory, context: name }
    case 'target':
      return { kind: 'stage', index: findStage(dockerfile, context.stage), viaContext: true }
    default:
      return { kind: 'context', name, context }
  }
}

function findStage(dockerfile: Dockerfile, name: string): number {
  const index = dockerfile.stages.findLastIndex(({ from }) => from.alias === name.toLowerCase())
  if (index >= 0) return index
  const aliases = dockerfile.stages.flatMap(({ from }) => from.alias ?? [])
  const stages = aliases.length === 0 ? 'no stage has a name: write FROM … AS NAME' : `stages are ${aliases.join(', ')}`
  throw new LowerError('STAGE_NOT_FOUND', `target stage "${name}" could not be found`, {
    hint: stages,
    ...didYouMean(name, aliases),
  })
}

function stagePlatform(
  from: FromInstruction,
  expand: (word: string) => string,
  hintFor: (word: string) => string | undefined,
): Platform | undefined {
  if (from.platform === undefined) return undefined
  const text = expand(from.platform)
  if (text === '') {
    throw new LowerError('PLATFORM_INVALID', `empty platform value from expression ${from.platform}`, {
      range: from.range,
      word: from.platform,
      hint: hintFor(from.platform),
    })
  }
  try {
    return parsePlatform(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new LowerError('PLATFORM_INVALID', `failed to parse platform ${text}: ${reason}`, {
      range: from.range,
      word: from.platform,
      cause: error,
    })
  }
}

/** Expands words of FROM and reports undeclared names. */
function fromExpander(
  from: FromInstruction,
  dockerfile: Dockerfile,
  { globals, warn }: { readonly globals: GlobalScope; readonly warn: Warn },
): (word: string) => string {
  const declared = new Set([
    ...globals.keys(),
    ...dockerfile.globalArgs.flatMap(({ args }) => args.map(({ name }) => name)),
  ])
  return (word) => {
    const told = new Set(declared)
    function lookup(name: string): string | undefined {
      if (!told.has(name)) warn(undefinedArgInFrom(name, declared, from.range))
      told.add(name)
      return globals.get(name)
    }
    return expandFrom(word, from, { dockerfile, lookup })
  }
}

/** A word of FROM with its variables put in. */
export function expandFrom(
  word: string,
  { range }: FromInstruction,
  how: { readonly dockerfile: Dockerfile; readonly lookup: Lookup },
): string {
  return withRange(range, () => expandWord(word, how.lookup, { escape: how.dockerfile.directives.escape }))
}

/**
 * Hint for an invalid word of FROM with a variable that has no value; undefined where all have one.
 */
function unsetHint(
  word: string,
  { dockerfile, globals }: { readonly dockerfile: Dockerfile; readonly globals: GlobalScope },
): string | undefined {
  const unset: string[] = []
  const onLookup = (name: string, value: string | undefined): void => void (value || unset.push(name))
  expandWord(word, (name) => globals.get(name), { escape: dockerfile.directives.escape, onLookup })
  const [name] = unset
  if (name === undefined) return undefined
  const declared = dockerfile.globalArgs.some(({ args }) => args.some((arg) => arg.name === name))
  return declared
    ? `ARG ${name} has no value: give it a default, ARG ${name}=…, or pass --build-arg ${name}=…`
    : `FROM sees only what is declared above the first FROM: put ARG ${name}=… there`
}
