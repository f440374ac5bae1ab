import type { Command } from 'commander'
import { parseBoolean } from './values/parse-boolean.ts'

/** Policies of podman's `--pull`. An image that is not in the store is always pulled. */
const pullWords: Readonly<Record<string, readonly string[]>> = {
  always: ['--pull'],
  newer: ['--pull'],
  missing: [],
  ifmissing: [],
  ifnotpresent: [],
}

/**
 * Arguments in the forms that pflag takes and commander does not: `--push=true`, `--push=false` and
 * `-t=name` (for `-t name`). What stands behind `--` is left alone.
 */
export function normalizeArguments(command: Command, argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  const [flags, rest] = end < 0 ? [argv, []] : [argv.slice(0, end), argv.slice(end)]
  return [...flags.flatMap((argument) => normalize(command, argument)), ...rest]
}

function normalize(command: Command, argument: string): readonly string[] {
  // Values of a boolean that mean something of their own.
  if (command.options.some(({ long }) => long === argument)) return [argument]
  const [, name, value] = /^(--?[^=]+)=(.*)$/s.exec(argument) ?? []
  if (name === '--pull' && value !== undefined && Object.hasOwn(pullWords, value)) return pullWords[value] ?? []
  const option = command.options.find(({ long, short }) => name === long || name === short)
  if (name === undefined || value === undefined || option === undefined) return [argument]
  if (option.required) return [name, value]
  if (parseBoolean(name, value)) return [name]
  const negated = `${name}=false`
  return command.options.some(({ long }) => long === negated) ? [negated] : []
}
