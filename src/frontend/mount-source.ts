/**
 * The `from` of an unexpanded `--mount` value, when the mount takes files from anywhere: what a stage needs must be known before its variables are.
 * The parser has seen to it that `from` holds no variable; everything else is checked when the mount is lowered.
 */
export function mountSource(text: string): string | undefined {
  const options = new Map(fields(text).map((field) => splitOption(field)))
  const type = options.get('type')?.toLowerCase() ?? 'bind'
  const from = options.get('from')
  return from === '' || (type !== 'bind' && type !== 'cache') ? undefined : from
}

/** CSV on one line: a field in double quotes may hold commas, and quotes written twice. */
function fields(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '')
}

function splitOption(field: string): readonly [name: string, value: string] {
  const equals = field.indexOf('=')
  return equals < 0 ? [field.toLowerCase(), ''] : [field.slice(0, equals).toLowerCase(), field.slice(equals + 1)]
}
