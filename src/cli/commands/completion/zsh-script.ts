import { type CompletedCommand, listImages } from './completed-command.ts'

/** A script for zsh, to be sourced or to be a file of `fpath`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  return `#compdef tsbuild
# Completion of tsbuild for zsh: source <(tsbuild completion zsh)
_tsbuild() {
  local -a flags names answers
  local command="$words[2]" before="$words[CURRENT-1]" images=
  if (( CURRENT == 2 )) command=build
  case "$command" in
${commands.map(({ name }) => name).join('|')}) ;;
  *) command=build ;;
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
  if [[ $PREFIX == --*=* ]]; then
    before="\${PREFIX%%=*}"
    compset -P '*='
  fi
  case "$command $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  if (( $#answers )); then
    compadd -- $answers
  elif [[ $PREFIX == -* ]]; then
    compadd -- $flags
  elif (( CURRENT == 2 )); then
    compadd -- ${commands.map(({ name }) => name).join(' ')}
    _directories
  elif (( $#names && CURRENT == 3 )); then
    compadd -- $names
  elif [[ -n $images ]]; then
    compadd -- \${(f)"$(${listImages})"}
  else
    _files
  fi
}
if [[ $funcstack[1] == _tsbuild ]]; then
  _tsbuild "$@"
else
  compdef _tsbuild tsbuild
fi
`
}

function commandCase({ name, flags, words, takesImages }: CompletedCommand): string {
  const all = flags
    .flatMap(({ names }) => names)
    .toSorted()
    .join(' ')
  return `  ${name}) flags=(${all}); names=(${words.join(' ')}); images=${takesImages ? '1' : ''} ;;`
}

function valueCases({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap(({ names, values }) =>
    values.length === 0
      ? []
      : [`  ${names.map((each) => `"${name} ${each}"`).join('|')}) answers=(${values.join(' ')}) ;;`],
  )
}
