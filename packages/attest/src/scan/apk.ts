import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'
import type { FoundPackage } from './found-package.ts'
import { distroName, type OsRelease } from './os-release.ts'

const databases: ReadonlySet<string> = new Set(['lib/apk/db/installed', 'usr/lib/apk/db/installed'])
const mostBytes = 64 << 20

/** Packages of Alpine and its relatives: the database of apk. */
export const apk: Catalogue = {
  claims: ({ path }) => path.endsWith('apk/db/installed') && databases.has(path),
  async *read(file, { files, release }) {
    const text = (await files.bytes(file, mostBytes)).toString('utf8')
    for (const record of recordsOf(text)) {
      const one = readPackage(record, file.path, release)
      if (one) yield one
    }
  },
}

/** Records end at an empty line. */
function* recordsOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n\n', start)
    yield text.slice(start, end < 0 ? text.length : end)
    start = end < 0 ? text.length : end + 2
  }
}

/** A record: a letter, a colon and a value on each line. */
function readPackage(record: string, source: string, release: OsRelease): FoundPackage | undefined {
  const lines = record.split('\n')
  const field = (letter: string): string | undefined => lines.find((line) => line.startsWith(`${letter}:`))?.slice(2)
  const name = field('P')
  const version = field('V')
  if (!name || !version) return undefined
  const origin = field('o') ?? ''
  const license = field('L') ?? ''
  return {
    name,
    version,
    purl: {
      type: 'apk',
      namespace: release.id === 'linux' ? 'alpine' : release.id,
      name,
      version,
      qualifiers: { arch: field('A') ?? '', distro: distroName(release), upstream: origin === name ? '' : origin },
    },
    source,
    ...(license !== '' && { licenses: { terms: [license], joined: 'AND' } }),
    ...defined({ evidence: firstFile(lines), supplier: field('m'), homepage: field('U') }),
  }
}

/** `F:` names a directory, `R:` a file in the one named last. */
function firstFile(lines: readonly string[]): string | undefined {
  const at = lines.findIndex((line) => line.startsWith('R:'))
  if (at < 0) return undefined
  const directory = lines.slice(0, at).findLast((line) => line.startsWith('F:'))
  return directory === undefined ? undefined : `${directory.slice(2)}/${lines[at]?.slice(2)}`
}
