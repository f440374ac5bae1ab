import type { Command, Option } from 'commander'

/** A flag of a command. */
export interface CompletedFlag {
  readonly names: readonly string[]
  readonly description: string
  readonly takesValue: boolean
  /** All values that the flag can have; empty if these are not known. */
  readonly values: readonly string[]
}

/** Words that can follow a command. */
export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly flags: readonly CompletedFlag[]
  /** Sub-commands, or the values of its first argument. */
  readonly words: readonly string[]
  /** Its arguments are names of images in the local store. */
  readonly takesImages: boolean
}

/** Commands that work on images of the local store. */
const withImages: ReadonlySet<string> = new Set(['diff', 'history', 'inspect', 'push', 'report', 'rm', 'save', 'tag'])

/** Prints the names of images; a script of a shell calls it. */
export const listImages = "tsbuild images --format '{{.Repository}}:{{.Tag}}' 2>/dev/null"

/** The words of a command and its sub-commands, without hidden flags. */
export function describeCommand(
  { name, summary }: Pick<CompletedCommand, 'name' | 'summary'>,
  command: Command,
): CompletedCommand {
  const flags = new Map([command, ...command.commands].flatMap(({ options }) => visibleFlags(options)))
  const [argument] = command.registeredArguments
  const words = command.commands.length > 0 ? command.commands.map((sub) => sub.name()) : (argument?.argChoices ?? [])
  return { name, summary, flags: [...flags.values()], words, takesImages: withImages.has(name) }
}

function visibleFlags(options: readonly Option[]): readonly (readonly [string, CompletedFlag])[] {
  return options.flatMap((option) => {
    const { long, short, description, required, optional, argChoices, hidden } = option
    const names = [long, short].filter((name) => name !== undefined).filter((name) => /^--?[\w-]+$/.test(name))
    const [first] = names
    if (hidden || first === undefined) return []
    return [[first, { names, description, takesValue: required || optional, values: argChoices ?? [] }]]
  })
}
