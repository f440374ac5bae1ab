/** Flags of crane by command: a flag here, the place of the image, or a file with it. */
const craneFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  append: { '-b': 'place', '--base': 'place', '--new_layer': '--file', '--new_tag': '--tag' },
  digest: { '--tarball': 'archive' },
  rebase: {
    '--new_base': '--new-base',
    '--old_base': '--old-base',
    '--original': 'place',
    '--rebased': '--tag',
  },
  validate: { '--remote': 'place', '--tarball': 'archive' },
}

/** Arguments of a command with the flags of crane under their names here. */
export function translateCraneFlags(command: string, argv: readonly string[]): readonly string[] {
  const flags = Object.hasOwn(craneFlags, command) ? craneFlags[command] : undefined
  if (flags === undefined) return argv
  const translated: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const [word = '', value] = splitFlag(argv[index] ?? '')
    const target = Object.hasOwn(flags, word) ? flags[word] : undefined
    if (target === undefined) {
      translated.push(argv[index] ?? '')
      continue
    }
    const given = value ?? argv[++index] ?? ''
    if (target === 'place') translated.push(given)
    else if (target === 'archive') translated.push(`docker-archive:${given}`)
    else translated.push(target, given)
  }
  return translated
}

function splitFlag(argument: string): readonly (string | undefined)[] {
  const [, name = argument, value] = /^(--[^=]+)=(.*)$/s.exec(argument) ?? []
  return [name, value]
}
