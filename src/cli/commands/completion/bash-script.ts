import { type CompletedCommand, listImages } from './completed-command.ts'

/**
 * A script for bash. bash breaks words at `=` and `:`, so the word is taken from the line, and what
 * stands before the last break is removed from the answers.
 */
export function bashScript(commands: readonly CompletedCommand[]): string {
  return `# Completion of tsbuild for bash: source <(tsbuild completion bash)
_tsbuild() {
  local line="\${COMP_LINE:0:COMP_POINT}" word before command names= flags= answers= images=
  local -a words
  word="\${line##*[[:space:]]}"
  read -r -a words <<<"\${line%"$word"}"
  before="\${words[\${#words[@]}-1]}"
  command="\${words[1]-build}"
  if [[ $word == --*=* ]]; then
    before="\${word%%=*}"
  fi
  case "$command" in
${commands.map(({ name }) => name).join('|')}) ;;
  *) command=build ;;
  esac
  case "$command" in
${commands.map(commandCase).join('\n')}
  esac
  case "$command $before" in
${commands.flatMap(valueCases).join('\n')}
  esac
  if [[ $before == --* && $before == "\${word%%=*}" && $word == *=* ]]; then
    answers="$(compgen -P "$before=" -W "$answers" -- "\${word#*=}")"
  elif [[ -n $answers ]]; then
    answers="$(compgen -W "$answers" -- "$word")"
  elif [[ $word == -* ]]; then
    answers="$(compgen -W "$flags" -- "$word")"
  elif [[ \${#words[@]} == 1 ]]; then
    answers="$(compgen -W "${commands.map(({ name }) => name).join(' ')}" -- "$word"; compgen -d -- "$word")"
  elif [[ -n $names && \${#words[@]} == 2 ]]; then
    answers="$(compgen -W "$names" -- "$word")"
  elif [[ -n $images ]]; then
    answers="$(compgen -W "$(${listImages})" -- "$word")"
  else
    answers="$(compgen -f -- "$word")"
  fi
  local prefix=
  if [[ $word == *[=:]* ]]; then
    prefix="\${word%"\${word##*[=:]}"}"
  fi
  mapfile -t COMPREPLY <<<"$answers"
  if [[ -z $answers ]]; then
    COMPREPLY=()
  else
    COMPREPLY=("\${COMPREPLY[@]#"$prefix"}")
  fi
}
complete -o filenames -F _tsbuild tsbuild
`
}

function commandCase({ name, flags, words, takesImages }: CompletedCommand): string {
  const all = flags
    .flatMap(({ names }) => names)
    .toSorted()
    .join(' ')
  return `  ${name}) flags="${all}" names="${words.join(' ')}" images=${takesImages ? '1' : ''} ;;`
}

function valueCases({ name, flags }: CompletedCommand): readonly string[] {
  return flags.flatMap(({ names, values }) =>
    values.length === 0
      ? []
      : [`  ${names.map((each) => `"${name} ${each}"`).join('|')}) answers="${values.join(' ')}" ;;`],
  )
}
