import type { FoundPackage } from './found-package.ts'

const magic = Buffer.from('\xff Go buildinf:', 'latin1')
/** Go puts 16 bytes of padding before and after the list of modules. */
const guard = 16

/**
 * The modules a Go program is made of, from its section `.go.buildinfo` (debug/buildinfo): itself,
 * what it depends on, and Go's own library. Throws for the layout before Go 1.18, which has
 * addresses in it.
 */
export function* goModules(section: Buffer, source: string): Generator<FoundPackage> {
  const start = section.indexOf(magic)
  if (start < 0) throw new Error('its list of Go modules cannot be found')
  if (((section[start + 15] ?? 0) & 2) === 0)
    throw new Error('it was made by Go 1.17 or older: its modules are not read')
  const [toolchain, next] = readText(section, start + 32)
  const [modules] = readText(section, next)
  const text = modules.toString('utf8', guard, Math.max(guard, modules.length - guard))
  const go = /^go(\d[^\s]*)/.exec(toolchain.toString('utf8'))?.[1]
  if (go !== undefined) yield modulePackage('stdlib', go, source)
  for (const [path, version] of listedModules(text)) yield modulePackage(path, version, source)
}

/**
 * Lines `mod` and `dep` with path and version; a line `=>` says what stood in for the module before
 * it.
 */
function listedModules(text: string): readonly (readonly [path: string, version: string])[] {
  const modules: (readonly [string, string])[] = []
  for (const line of text.split('\n')) {
    const [kind, path = '', version = ''] = line.split('\t')
    if (path === '' || (kind !== 'mod' && kind !== 'dep' && kind !== '=>')) continue
    if (kind === '=>') modules.pop()
    modules.push([path, version === '(devel)' ? '' : version])
  }
  return modules
}

function modulePackage(path: string, version: string, source: string): FoundPackage {
  const slash = path.lastIndexOf('/')
  return {
    name: path,
    ...(version !== '' && { version }),
    purl: { type: 'golang', namespace: path.slice(0, Math.max(slash, 0)), name: path.slice(slash + 1), version },
    source,
  }
}

/** A text after its length in seven-bit groups, and where it ends. */
function readText(from: Buffer, start: number): readonly [text: Buffer, end: number] {
  let length = 0
  let at = start
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = from[at++]
    if (byte === undefined) throw new Error('its list of Go modules is cut short')
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) {
      if (at + length > from.length) throw new Error('its list of Go modules is cut short')
      return [from.subarray(at, at + length), at + length]
    }
  }
  throw new Error('its list of Go modules has an impossible length')
}
