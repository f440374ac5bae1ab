/** Source and target of an unexpanded `--mount` value. */
export interface MountSource {
  readonly from: string
  readonly target: string
}

/**
 * The `from` and `target` of an unexpanded `--mount` value that takes files from anywhere: what a
 * stage needs must be known before its variables are. The parser has seen to it that `from` holds
 * no variable; everything else is checked when the mount is lowered.
 */
export function mountSource(text: string): MountSource | undefined {
  const options = new Map(fields(text).map((field) => splitOption(field)))
  const type = options.get('type')?.toLowerCase() ?? 'bind'
  const { from = '', target = '' } = Object.fromEntries(options)
  return from === '' || (type !== 'bind' && type !== 'cache') ? undefined : { from, target }
}

const targetNames: ReadonlySet<string> = new Set(['destination', 'dst', 'target'])

/** CSV on one line: a field in double quotes may hold commas, and quotes written twice. */
function fields(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

function splitOption(field: string): readonly [name: string, value: string] {
  const equals = field.indexOf('=')
  if (equals < 0) return [field.toLowerCase(), '']
  const name = field.slice(0, equals).toLowerCase()
  return [targetNames.has(name) ? 'target' : name, field.slice(equals + 1)]
}
