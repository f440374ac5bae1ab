import type { Command, Option } from 'commander'

/** Flags whose value has parts with commas, such as `id=npm,src=FILE`. */
const flagsWithParts = ['--secret', '--ssh', '--output', '--cache-from', '--cache-to', '--device', '--attest']

/**
 * Remedy for the first argument that is one too many; undefined where nothing hints at its meaning.
 * `words` are the arguments as given, `excess` those that the command did not expect.
 */
export function explainExcess(
  command: Command,
  words: readonly string[],
  excess: readonly string[],
): string | undefined {
  const [extra = ''] = excess
  const at = words.lastIndexOf(extra)
  const before = words[at - 1] ?? ''
  const isFlag = findOption(command, before)
  if (isFlag !== undefined && !isFlag.required)
    return `${before} takes no value${findOption(command, '--tag') ? '; -t names the image' : ''}`
  const flag = /^(--?[\w-]+)=/.exec(before)?.[1] ?? words[at - 2] ?? ''
  const option = findOption(command, flag)
  if (option?.required) return joinHint(option, /^--?[\w-]+=(.*)$/s.exec(before)?.[1] ?? before, extra)
  const annotation = findOption(command, '--annotation')
  return annotation?.required && extra.includes('=') ? `write --annotation ${extra}` : undefined
}

/** Advice for a value and the word behind it. */
function joinHint({ long }: Option, value: string, extra: string): string | undefined {
  const flag = long ?? ''
  const isPair = extra.includes('=')
  if (flagsWithParts.includes(flag))
    return isPair ? `join the parts with a comma: ${flag} ${value},${extra}` : undefined
  if (isPair) return `repeat the flag: ${flag} ${value} ${flag} ${extra}`
  return value.includes('=') ? `quote a value with blanks: ${flag} "${value} ${extra}"` : undefined
}

function findOption({ options }: Command, word: string): Option | undefined {
  return options.find(({ long, short }) => word !== '' && (word === long || word === short))
}
