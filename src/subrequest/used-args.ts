import { type ArgInstruction, type Dockerfile, expandWord } from '@tsbuild/dockerfile'
import { own } from '../frontend/plan/global-scope.ts'
import type { LoweredFile } from '../frontend/lower-file.ts'
import type { PlannedStage } from '../frontend/plan/stages.ts'
import { docComment } from './doc-comment.ts'

/** An ARG that a target depends on. */
export interface UsedArg {
  readonly name: string
  /** Value in this build; absent without one. */
  readonly value?: string
  readonly description?: string
  readonly definition: ArgInstruction
}

interface GlobalArg extends UsedArg {
  /** Global ARGs that its default is made of. */
  readonly uses: readonly string[]
}

/**
 * The ARGs that `stages` use, the first stage's word counting for a name: those they declare, those
 * in their FROM, and what these are made of.
 */
export function usedArgs(file: LoweredFile, stages: readonly PlannedStage[]): readonly UsedArg[] {
  const globals = globalArgs(file)
  const used = new Map<string, UsedArg>()
  for (const stage of stages) {
    const known = new Map<string, UsedArg & Partial<GlobalArg>>([...globals, ...declaredArgs(stage, file, globals)])
    const names = new Set([
      ...fromNames(stage, file),
      ...argInstructions(stage).flatMap(({ args }) => args.map(({ name }) => name)),
    ])
    for (const name of names) for (const further of known.get(name)?.uses ?? []) names.add(further)
    for (const name of names) {
      const arg = known.get(name)
      if (arg !== undefined && !used.has(name)) used.set(name, arg)
    }
  }
  return [...used.values()]
}

function globalArgs({ plan, globals }: LoweredFile): ReadonlyMap<string, GlobalArg> {
  const { dockerfile, options } = plan
  const known = new Map<string, GlobalArg>()
  for (const definition of dockerfile.globalArgs) {
    for (const { name, value: preset } of definition.args) {
      const isGiven = own(options.args, name) !== undefined
      const uses = preset === undefined || isGiven ? [] : namesIn(preset, dockerfile, globals)
      known.set(name, {
        ...describe(name, definition, globals.get(name)),
        uses: uses.filter((other) => other !== name),
      })
    }
  }
  return known
}

/** The ARGs of a stage. One that only hands on a global value is that global ARG. */
function declaredArgs(
  stage: PlannedStage,
  { plan, globals, states }: LoweredFile,
  known: ReadonlyMap<string, GlobalArg>,
): Map<string, UsedArg> {
  const values = new Map(
    states
      .get(stage.index)
      ?.args.toArray()
      .map(({ name, value }) => [name, value]),
  )
  const declared = new Map<string, UsedArg>()
  for (const definition of argInstructions(stage)) {
    for (const { name, value: preset } of definition.args) {
      const isInherited =
        preset === undefined && own(plan.options.args, name) === undefined && (known.has(name) || globals.has(name))
      if (!isInherited) declared.set(name, describe(name, definition, values.get(name)))
    }
  }
  return declared
}

function describe(name: string, definition: ArgInstruction, value: string | undefined): UsedArg {
  const description = docComment(definition.comments, name)
  return { name, definition, ...(value !== undefined && { value }), ...(description !== undefined && { description }) }
}

function argInstructions({ instructions }: PlannedStage): readonly ArgInstruction[] {
  return instructions.filter((instruction) => instruction.kind === 'ARG')
}

function fromNames({ from }: PlannedStage, { plan, globals }: LoweredFile): readonly string[] {
  return [from.image, from.platform ?? ''].flatMap((word) => namesIn(word, plan.dockerfile, globals))
}

/** The variables of a word that have a value. */
function namesIn(word: string, { directives }: Dockerfile, scope: ReadonlyMap<string, string>): readonly string[] {
  const names: string[] = []
  expandWord(word, (name) => scope.get(name), {
    escape: directives.escape,
    onLookup: (name, value) => void (value !== undefined && names.push(name)),
  })
  return names
}
