import { type CompletedCommand, type CompletedFlag, listImages } from './completed-command.ts'

/** A script for fish, with the descriptions of the help. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const others = commands.flatMap(({ name }) => (name === 'build' ? [] : [name])).join(' ')
  return [
    '# Completion of tsbuild for fish: tsbuild completion fish | source',
    ...commands.map(
      ({ name, summary }) => `complete -c tsbuild -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`,
    ),
    ...commands.flatMap((command) => {
      const seen = `__fish_seen_subcommand_from ${command.name}`
      const when = quote(command.name === 'build' ? `not __fish_seen_subcommand_from ${others}` : seen)
      return [
        ...(command.words.length === 0
          ? []
          : [`complete -c tsbuild -n ${quote(seen)} -f -a ${quote(command.words.join(' '))}`]),
        ...(command.takesImages ? [`complete -c tsbuild -n ${quote(seen)} -f -a ${quote(`(${listImages})`)}`] : []),
        ...command.flags.map((flag) => `complete -c tsbuild -n ${when} ${describeFlag(flag)}`),
      ]
    }),
    '',
  ].join('\n')
}

function describeFlag({ names, description, takesValue, values }: CompletedFlag): string {
  const spellings = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`))
  const value = values.length > 0 ? ` -x -a ${quote(values.join(' '))}` : takesValue ? ' -r' : ''
  return `${spellings.join(' ')}${value} -d ${quote(description)}`
}

/** A word of fish. */
function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
