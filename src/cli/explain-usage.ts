import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { didYouMean, type Suggestion } from '@tsbuild/dockerfile'
import type { Command, CommanderError } from 'commander'
import { commands } from './commands.ts'
import { explainExcess } from './explain-excess.ts'
import type { Invocation } from './invocation/invocation.ts'
import { notAllowed } from './invocation/not-allowed.ts'
import { UsageError } from './invocation/usage-error.ts'

/** Commander's error in our words, with what may have been meant. */
export function explainUsage(error: CommanderError, command: Command, words: readonly string[]): UsageError {
  const [message = ''] = error.message.replace(/^error: /, '').split('\n')
  const [, option, choice, choices] =
    /^option '(?:-\w, )?(--[\w-]+).*?' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s.exec(message) ?? []
  if (option !== undefined && choice !== undefined) return notAllowed(option, choice, (choices ?? '').split(', '))
  const help = { hint: `run ${command.name()} --help to list options` }
  const [, flag] = /^unknown option '(.*)'$/.exec(message) ?? []
  if (flag !== undefined) return new UsageError(message, { ...help, ...flagMeant(flag.replace(/=.*/, ''), command) })
  const children = command.commands.map((child) => child.name())
  const [word = ''] = words
  if (children.length > 0 && !children.includes(word)) {
    const group = command.name().replace(/^tsbuild /, '')
    const known = { hint: `commands are ${children.map((child) => `${group} ${child}`).join(', ')}` }
    return unknownCommand(`${group} ${word}`, { ...known, ...didYouMean(word, children) })
  }
  return excessError(message, command, words) ?? new UsageError(message, help)
}

/** Commander's message about excess arguments in our words; undefined for another message. */
function excessError(message: string, command: Command, words: readonly string[]): UsageError | undefined {
  const [, most = '', count = '', list = ''] =
    /^too many arguments.*Expected (\d+) arguments? but got (\d+): (.*)\.$/s.exec(message) ?? []
  if (list === '') return undefined
  const hint = explainExcess(command, words, list.split(', ').slice(Number(most)))
  return new UsageError(`too many arguments: expected ${most}, got ${count}: ${list}`, {
    hint: hint ?? `run ${command.name()} --help to list options`,
  })
}

/**
 * Throws when a word that is taken for a context, since it is no command, looks like one and is no
 * path.
 */
export function refuseMistypedCommand(word: string, { cwd }: Pick<Invocation, 'cwd'>): void {
  if (word.startsWith('-') || word.includes('/') || statSync(resolve(cwd, word), { throwIfNoEntry: false })) return
  const help = meantBy(word)
  if (help.hint !== undefined) throw unknownCommand(word, help)
}

/** Commands of other tools, and the one that does the same here. */
const elsewhere: Readonly<Record<string, string>> = {
  list: 'images',
  cp: 'copy',
  df: 'du',
  export: 'save',
  import: 'load',
}

/** Commands that other tools have for containers. */
const aboutContainers = ['create', 'exec', 'kill', 'logs', 'ps', 'run', 'start', 'stop']

function meantBy(word: string): Suggestion {
  if (aboutContainers.includes(word))
    return { hint: 'tsbuild builds images and runs no containers; tsbuild images lists the images' }
  const known = Object.hasOwn(elsewhere, word) ? elsewhere[word] : undefined
  return known === undefined ? didYouMean(word, commands.keys()) : { hint: `did you mean ${known}?`, suggestion: known }
}

function unknownCommand(name: string, help: { readonly hint?: string; readonly suggestion?: string }): UsageError {
  return new UsageError(`unknown command "${name}"`, { hint: 'run tsbuild --help to list commands', ...help })
}

/** Filters of commands that look like flags. */
const filters: Readonly<Record<string, readonly string[]>> = {
  'tsbuild du': ['--until', '--unused-for'],
  'tsbuild images': ['--reference', '--dangling'],
  'tsbuild prune': ['--until', '--unused-for', '--reference'],
}

/** A flag near to an unknown one; that of a filter where there is one of this name. */
function flagMeant(flag: string, command: Command): Suggestion {
  const flags = command.options.filter(({ hidden }) => !hidden).flatMap(({ long }) => long ?? [])
  if (filters[command.name()]?.includes(flag)) return { hint: `write --filter ${flag.slice(2)}=VALUE` }
  return didYouMean(flag, [...flags, '--help', ...(command.name() === 'tsbuild build' ? ['--version'] : [])])
}
