import type { Command } from 'commander'
import { UsageError } from '../../invocation/usage-error.ts'
import { flag } from '../declare-flag.ts'

/** Flags of other tools by their spelling. */
export interface PeerTable {
  /** Flags that make no difference here, and the reason. */
  readonly indifferent: Readonly<Record<string, string>>
  /** Flags that would change the result, and the way to do it here. */
  readonly refused: Readonly<Record<string, string>>
}

/**
 * Declares the flags of a table, except `own` and those that `command` has; none is in the help.
 */
export function addPeers(command: Command, { indifferent, refused }: PeerTable, own: readonly string[] = []): Command {
  const taken = new Set([...command.options.map(({ long }) => long), ...own])
  for (const spelling of [...Object.keys(indifferent), ...Object.keys(refused)])
    if (!taken.has(longName(spelling))) command.addOption(flag(spelling).hideHelp())
  return command
}

/** The long name in a spelling: `--name` of `-n, --name <value>`. */
export function longName(spelling: string): string {
  return spelling.split(/[ ,]+/).find((word) => word.startsWith('--')) ?? spelling
}

/**
 * Throws `UsageError` for a flag that cannot be honoured; returns one remark about all that make no
 * difference, undefined without any.
 */
export function notePeers(command: Command, { indifferent, refused }: PeerTable): string | undefined {
  const given = (spelling: string): boolean => {
    const option = command.options.find(({ long }) => long === longName(spelling))
    return option?.hidden === true && command.getOptionValueSource(option.attributeName()) === 'cli'
  }
  for (const [spelling, hint] of Object.entries(refused))
    if (given(spelling)) throw new UsageError(`${longName(spelling)} is not supported`, { hint })
  const useless = Object.entries(indifferent).filter(([spelling]) => given(spelling))
  if (useless.length === 0) return undefined
  return `no difference: ${useless.map(([spelling, why]) => `${longName(spelling)} (${why})`).join(', ')}`
}
