import { expandHeredoc, expandWord, expandWords, undefinedVar, withRange } from '@tsbuild/dockerfile'
import type { Vertex } from '../../graph/vertex.ts'
import { withoutPassword } from '../../graph/without-password.ts'
import type { StagePlan } from '../plan/dependencies.ts'
import type { GlobalScope, Warn } from '../plan/global-scope.ts'
import type { Reads } from '../sources/include.ts'
import type { Origin } from '../plan/origin.ts'
import type { SourceVertices } from '../sources/sources.ts'
import type { PlannedStage, StageInstruction } from '../plan/stages.ts'
import type { StageState } from './stage-state.ts'

/** Input of lowering an instruction besides the state of its stage. */
export interface StepContext {
  readonly plan: StagePlan
  readonly stage: PlannedStage
  readonly globals: GlobalScope
  readonly sources: SourceVertices
  /** The main build context; `reads` are the paths looked at, or everything. */
  main(reads: Reads): Vertex
  /** The files behind a name. */
  files(origin: Origin, reads: Reads): Vertex
  readonly warn: Warn
  /** Number of steps of the stage. */
  readonly total: number
  /** The instruction is an ONBUILD trigger of the base. */
  readonly trigger: boolean
}

/** Replaces variables by their values in the stage. Errors carry the instruction's range. */
export interface Expander {
  word(text: string): string
  /** Unquoted blanks split. */
  words(text: string): readonly string[]
  /** A heredoc's body: quotes are text. */
  heredoc(text: string): string
}

/** Expander for one instruction. Each undeclared name is reported once. */
export function createExpander(state: StageState, { range }: StageInstruction, { plan, warn }: StepContext): Expander {
  const { escape } = plan.dockerfile.directives
  const told = new Set<string>()
  function lookup(name: string): string | undefined {
    const value = state.environment.get(name)
    if (value === undefined && !told.has(name) && /^[\p{L}_]/u.test(name)) {
      told.add(name)
      if (!isDeclared(name, state)) warn(undefinedVar(name, state.environment.keys(), range))
    }
    return value
  }
  return {
    word: (text) => withRange(range, () => expandWord(text, lookup, { escape }), text),
    words: (text) => withRange(range, () => expandWords(text, lookup, { escape }), text),
    heredoc: (text) => withRange(range, () => expandHeredoc(text, lookup)),
  }
}

/** An ARG without a value is declared, but not in the environment. */
function isDeclared(name: string, { args }: StageState): boolean {
  return args.backwards().some((arg) => arg.name === name)
}

/** The name of the next step for people: `[build 2/5] RUN npm ci`. */
export function stepName(state: StageState, { stage, total, trigger }: StepContext, text: string): string {
  return `[${stepPrefix(stage, state.step + 1, total)}] ${trigger ? 'ONBUILD ' : ''}${withoutPassword(text)}`
}

/** `build 2/5`; the number is as wide as the total. */
export function stepPrefix(stage: PlannedStage, step: number, total: number): string {
  const count = `${String(step).padStart(String(total).length)}/${total}`
  return stage.title === '' ? count : `${stage.title} ${count}`
}

/** An instruction as written, on one line and with its keyword in upper case. */
export function instructionText({ kind, keyword, source }: StageInstruction): string {
  return kind + source.slice(keyword.length)
}
