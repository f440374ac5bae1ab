import { Argument, Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'

const shells = ['bash', 'zsh', 'fish'] as const

/** `tsbuild completion`: a script that completes commands and their flags. */
export function completionCommand(
  invocation: Invocation,
  commands: ReadonlyMap<string, { load(): Promise<(invocation: Invocation) => Command> }>,
): Command {
  return new Command('completion')
    .description('Print a script that completes commands and flags, such as source <(tsbuild completion bash).')
    .addArgument(new Argument('<shell>', 'shell').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const words = new Map<string, readonly string[]>()
      for (const [name, entry] of commands) words.set(name, flagsOf((await entry.load())(invocation)))
      invocation.stdout.write(scripts[shell](words))
    })
}

type Words = ReadonlyMap<string, readonly string[]>

const scripts: Readonly<Record<(typeof shells)[number], (words: Words) => string>> = {
  bash: (words) => `# Completion of tsbuild for bash: source <(tsbuild completion bash)
_tsbuild() {
  local word="\${COMP_WORDS[COMP_CWORD]}" command="\${COMP_WORDS[1]}" flags
  case "$command" in
${[...words].map(([name, flags]) => `    ${name}) flags="${flags.join(' ')}" ;;`).join('\n')}
    *) flags="${words.get('build')?.join(' ') ?? ''}" ;;
  esac
  if [[ $word == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$word"))
  elif [[ $COMP_CWORD == 1 ]]; then
    COMPREPLY=($(compgen -W "${[...words.keys()].join(' ')}" -- "$word") $(compgen -d -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _tsbuild tsbuild
`,
  zsh: (words) => `#compdef tsbuild
# Completion of tsbuild for zsh: source <(tsbuild completion zsh)
_tsbuild() {
  local -a flags
  case "$words[2]" in
${[...words].map(([name, flags]) => `    ${name}) flags=(${flags.join(' ')}) ;;`).join('\n')}
    *) flags=(${words.get('build')?.join(' ') ?? ''}) ;;
  esac
  if [[ $PREFIX == -* ]]; then
    compadd -- $flags
  elif (( CURRENT == 2 )); then
    compadd -- ${[...words.keys()].join(' ')}
    _directories
  else
    _files
  fi
}
compdef _tsbuild tsbuild
`,
  fish: (words) =>
    [
      '# Completion of tsbuild for fish: tsbuild completion fish | source',
      `complete -c tsbuild -n __fish_use_subcommand -a '${[...words.keys()].join(' ')}'`,
      ...[...words].flatMap(([name, flags]) =>
        flags
          .filter((flag) => flag.startsWith('--'))
          .map((flag) => `complete -c tsbuild -n '__fish_seen_subcommand_from ${name}' -l ${flag.slice(2)}`),
      ),
      '',
    ].join('\n'),
}

/** Flags of a command and its sub-commands, without hidden ones. */
function flagsOf(command: Command): readonly string[] {
  const own = command.options.filter(({ hidden }) => !hidden).flatMap(({ short, long }) => [long, short])
  const flags = [...own, ...command.commands.flatMap(flagsOf)].filter((flag) => flag !== undefined)
  return [...new Set(flags)].filter((flag) => /^--?[\w-]+$/.test(flag)).sort()
}
