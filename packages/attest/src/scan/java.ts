import type { Catalogue } from './catalogue.ts'
import type { FoundPackage } from './found-package.ts'
import { openZipEntry, type Slice, type ZipEntry, zipEntries } from './zip.ts'

const archive = /\.(?:jar|war|ear)$/i
const record = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/
const mostRecord = 64 << 10
const mostNested = 64 << 20
const deepest = 3

/** Packages of Java that Maven made: what it left in archives, and in archives inside of them. */
export const java: Catalogue = {
  claims: ({ path }) => archive.test(path),
  async *read(file, { files }) {
    const slice: Slice = { size: file.entry.content.size, read: (start, length) => files.slice(file, start, length) }
    // Archives can be made to hold themselves without end.
    yield* packagesIn(slice, { source: file.path, left: { archives: 2000, bytes: 1 << 30 }, depth: 1 })
  },
}

interface Search {
  readonly source: string
  /** Remaining number of archives. */
  readonly left: { archives: number; bytes: number }
  readonly depth: number
}

async function* packagesIn(zip: Slice, search: Search): AsyncGenerator<FoundPackage> {
  for (const entry of await zipEntries(zip)) {
    if (record.test(entry.name)) yield* readPackages(await readText(zip, entry), search.source)
    else if (archive.test(entry.name) && search.depth < deepest) yield* nestedIn(zip, entry, search)
  }
}

async function* nestedIn(zip: Slice, entry: ZipEntry, search: Search): AsyncGenerator<FoundPackage> {
  const { left } = search
  left.archives -= 1
  left.bytes -= entry.isStored ? 0 : entry.size
  if (left.archives < 0 || left.bytes < 0) throw new Error('it contains too many archives')
  yield* packagesIn(await openZipEntry(zip, entry, mostNested), { ...search, depth: search.depth + 1 })
}

async function readText(zip: Slice, entry: ZipEntry): Promise<string> {
  return (await (await openZipEntry(zip, entry, mostRecord)).read(0, mostRecord)).toString('utf8')
}

/** Lines of `key=value`. */
function readPackages(text: string, source: string): readonly FoundPackage[] {
  const values = new Map(
    text.split('\n').map((line) => {
      const equals = line.indexOf('=')
      return [line.slice(0, Math.max(equals, 0)).trim(), line.slice(equals + 1).trim()]
    }),
  )
  const [namespace, name, version] = ['groupId', 'artifactId', 'version'].map((key) => values.get(key) ?? '')
  if (!namespace || !name || !version) return []
  return [{ name: `${namespace}:${name}`, version, purl: { type: 'maven', namespace, name, version }, source }]
}
