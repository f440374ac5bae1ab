import { findDependencies } from '../frontend/plan/dependencies.ts'
import { type LoweredFile, lowerFile } from '../frontend/lower-file.ts'
import type { PlannedStage } from '../frontend/plan/stages.ts'
import type { SubrequestAnswer } from './subrequest-answer.ts'
import { type SubrequestInput, openSubrequest } from './subrequest-input.ts'
import { columns } from './columns.ts'
import { docComment } from './doc-comment.ts'
import { lenientResolver } from './lenient-resolver.ts'
import { linesIn, type Location, toLocation } from './location.ts'
import { type UsedArg, usedArgs } from './used-args.ts'
import { usedMounts } from './used-mounts.ts'

/** Parameter of a target, in the form of BuildKit's JSON document. */
interface Parameter {
  readonly name: string
  readonly description?: string
  readonly value?: string
  readonly required?: boolean
  readonly location: Location
}

interface Outline {
  readonly name?: string
  readonly description?: string
  readonly args: readonly Parameter[]
  readonly secrets: readonly Parameter[]
  readonly ssh: readonly Parameter[]
  readonly cache: readonly { readonly ID: string; readonly location: Location }[]
}

/**
 * Tells what a caller can set for the target: arguments with their values, secrets, agents and
 * cache mounts. Throws `DockerfileError` and `LowerError`.
 */
export async function outline(input: SubrequestInput): Promise<SubrequestAnswer> {
  const resolver = lenientResolver(input.resolver)
  const { dockerfile, options } = await openSubrequest(input)
  const file = await lowerFile({ dockerfile, options, resolver, allStages: false, warn: () => {} })
  const found = describeOutline(file)
  return {
    text: formatText(found),
    json: { ...withoutEmpty(found), sources: [Buffer.from(input.source.text).toString('base64')] },
    notes: resolver.notes(),
    failed: false,
  }
}

function describeOutline(file: LoweredFile): Outline {
  const lines = linesIn(file.plan.dockerfile)
  const stages = listStages(file)
  const { from } = stages[0] ?? {}
  const description = docComment(from?.comments ?? [], from?.alias)
  const { secrets, agents, caches } = usedMounts(file, stages)
  const asArgument = ({ name, value = '', description: text, definition }: UsedArg): Parameter => ({
    name,
    ...(text !== undefined && { description: text }),
    ...(value !== '' && { value }),
    location: toLocation(lines(definition.range)),
  })
  const asParameter = ({ id, required, range }: (typeof secrets)[number]): Parameter => ({
    name: id,
    ...(required && { required }),
    location: toLocation(lines(range)),
  })
  return {
    ...(from?.alias !== undefined && { name: from.alias }),
    ...(description !== undefined && { description }),
    args: inFileOrder(usedArgs(file, stages).map(asArgument)),
    secrets: inFileOrder(secrets.map(asParameter)),
    ssh: inFileOrder(agents.map(asParameter)),
    cache: inFileOrder(caches.map(({ id, range }) => ({ ID: id, location: toLocation(lines(range)) }))),
  }
}

/**
 * The stages that count, the one whose word counts most first: the target, what it is based on,
 * what it takes files from.
 */
function listStages({ plan, target, states }: LoweredFile): readonly PlannedStage[] {
  const ordered = new Set<number>()
  const stack = [target]
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    const stage = plan.stages[index]
    if (stage === undefined || ordered.has(index)) continue
    ordered.add(index)
    const sources = stage.instructions.flatMap((instruction) =>
      findDependencies(instruction, stage, plan).map(({ origin }) => origin),
    )
    for (const origin of [stage.base, ...sources].reverse()) if (origin.kind === 'stage') stack.push(origin.index)
  }
  // Those that only a trigger of a base needs.
  for (const index of states.keys()) ordered.add(index)
  return [...ordered].flatMap((index) => plan.stages[index] ?? [])
}

function inFileOrder<T extends { readonly location: Location }>(found: readonly T[]): readonly T[] {
  const line = ({ location }: T): number => location.ranges[0]?.start.line ?? 0
  return [...found].sort((a, b) => line(a) - line(b))
}

/** Without lists that hold nothing. */
function withoutEmpty({ name, description, args, secrets, ssh, cache }: Outline): object {
  const lists = Object.entries({ args, secrets, ssh, cache }).filter(([, list]) => list.length > 0)
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...Object.fromEntries(lists),
  }
}

function formatText({ name, description, args, secrets, ssh, cache }: Outline): string {
  const heading = [
    ['TARGET:', name ?? '(default)'],
    ...(description === undefined ? [] : [['DESCRIPTION:', description]]),
  ]
  const required = (list: readonly Parameter[]): string[][] => list.map((one) => [one.name, one.required ? 'true' : ''])
  return [
    name === undefined ? '' : `${columns(heading, 1)}\n`,
    table(
      ['BUILD ARG', 'VALUE', 'DESCRIPTION'],
      args.map((arg) => [arg.name, arg.value ?? '', arg.description ?? '']),
    ),
    table(['SECRET', 'REQUIRED'], required(secrets)),
    table(['SSH', 'REQUIRED'], required(ssh)),
    table(
      ['CACHE MOUNT'],
      cache.map(({ ID }) => [ID]),
    ),
  ].join('')
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return rows.length === 0 ? '' : `${columns([header, ...rows], 3)}\n`
}
