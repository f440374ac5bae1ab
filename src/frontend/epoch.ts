import {
  type ArgInstruction,
  type Dockerfile,
  expandWord,
  type Range,
  type Stage,
  withRange,
} from '@tsbuild/dockerfile'
import type { GitOp, HttpOp } from '../graph/op.ts'
import { evaluateGlobals, type GlobalScope, own } from './plan/global-scope.ts'
import { LowerError } from './plan/lower-error.ts'
import type { LowerOptions, NamedContext } from './plan/lower-options.ts'
import { findContext } from './plan/origin.ts'
import { remoteSource } from './sources/remote-source.ts'

const epochName = 'SOURCE_DATE_EPOCH'

/** Source of the time when SOURCE_DATE_EPOCH is a name. */
export type EpochSource =
  | { readonly kind: 'main' }
  | { readonly kind: 'named'; readonly context: NamedContext }
  | { readonly kind: 'remote'; readonly op: GitOp | HttpOp }

/**
 * SOURCE_DATE_EPOCH: the build argument, else the default of a global ARG, else undefined, as empty
 * is. Seconds, or a name: `context`, a named context, or a stage that is nothing but one remote
 * ADD. Throws `LowerError` for anything else.
 */
export function sourceDateEpoch(
  dockerfile: Dockerfile,
  options: Pick<LowerOptions, 'platform' | 'buildPlatform' | 'args' | 'contexts'>,
): number | EpochSource | undefined {
  const globals = evaluateGlobals(dockerfile, options)
  const value = own(options.args, epochName) ?? globals.get(epochName)
  if (value === undefined || value === '') return undefined
  const seconds = Number(value)
  if (/^\d{1,15}$/.test(value) && Number.isSafeInteger(seconds)) return seconds
  if (value === 'context') return { kind: 'main' }
  const named = findContext(value, options.contexts, options.platform)
  if (named !== undefined) return { kind: 'named', context: named.context }
  const stage = dockerfile.stages.find(({ from }) => from.alias === value.toLowerCase())
  if (stage !== undefined) return { kind: 'remote', op: onlySource(stage, { dockerfile, globals, args: options.args }) }
  const range = dockerfile.globalArgs.find(({ args }) => args.some(({ name }) => name === epochName))?.range
  throw new LowerError('EPOCH_INVALID', `invalid SOURCE_DATE_EPOCH: ${value}`, {
    ...(range && own(options.args, epochName) === undefined && { range }),
    hint: 'use whole seconds since 1970, or a source with a time: context, a named context, a stage with one remote ADD',
  })
}

/** Replaces a symbolic SOURCE_DATE_EPOCH by its resolved time, or removes it. */
export function withEpoch(globals: GlobalScope, epoch: number | undefined): GlobalScope {
  if (!globals.has(epochName)) return globals
  const others = [...globals].filter(([name]) => name !== epochName)
  return new Map(epoch === undefined ? others : [...others, [epochName, String(epoch)]])
}

/** The build arguments once `epoch` is known. */
export function argsWithEpoch(args: LowerOptions['args'], epoch: number | undefined): LowerOptions['args'] {
  if (!Object.hasOwn(args, epochName)) return args
  const { [epochName]: _, ...others } = args
  return epoch === undefined ? others : { ...others, [epochName]: String(epoch) }
}

interface StageScope {
  readonly dockerfile: Dockerfile
  readonly globals: GlobalScope
  readonly args: LowerOptions['args']
}

/** Source of the one ADD of a stage. */
function onlySource({ from, instructions }: Stage, { dockerfile, globals, args }: StageScope): GitOp | HttpOp {
  const scope = new Map([...globals].filter(([name]) => name !== epochName))
  const expand = (text: string, range: Range): string =>
    withRange(range, () => expandWord(text, (name) => scope.get(name), { escape: dockerfile.directives.escape }))
  if (expand(from.image, from.range) !== 'scratch') fail('stage must use FROM scratch', from.range)
  let found: GitOp | HttpOp | undefined
  for (const instruction of instructions) {
    const { kind, range } = instruction
    if (kind === 'ARG') declare(instruction, { scope, args, expand })
    else if (kind !== 'ADD')
      fail(`stage does not meet source-only requirements: unsupported ${kind} instruction`, range)
    else {
      const [source, ...others] = instruction.sources
      if (found !== undefined) fail('stage must contain exactly one remote ADD', range)
      if (source?.kind !== 'path' || others.length > 0) fail('stage must contain exactly one remote ADD source', range)
      const checksum = instruction.checksum === undefined ? undefined : expand(instruction.checksum, range)
      found = remoteSource(expand(source.text, range), instruction, checksum)
      if (found === undefined) fail('stage source must be a single HTTP(S) or Git ADD', range)
    }
  }
  return found ?? fail('stage must contain exactly one remote ADD', from.range)
}

function declare(
  instruction: ArgInstruction,
  {
    scope,
    args,
    expand,
  }: {
    readonly scope: Map<string, string>
    readonly args: LowerOptions['args']
    expand(text: string, range: Range): string
  },
): void {
  for (const { name, value } of instruction.args) {
    const given = own(args, name) ?? (value === undefined ? undefined : expand(value, instruction.range))
    if (given !== undefined) scope.set(name, given)
  }
}

function fail(problem: string, range: Range): never {
  throw new LowerError('EPOCH_INVALID', `SOURCE_DATE_EPOCH ${problem}`, { range })
}
