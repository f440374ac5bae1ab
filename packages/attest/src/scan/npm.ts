import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'
import type { FoundPackage } from './found-package.ts'
import { isObject, type JsonObject, readList, parseObject, readText } from '../json.ts'

const mostBytes = 4 << 20

/** `package.json` of what lies in a `node_modules`, directly or below a scope. */
const installed = /(?:^|\/)node_modules\/(?:@[^/]+\/)?[^@./][^/]*\/package\.json$/

/**
 * Packages of npm and its relatives, as they lie in `node_modules`, and the program that has such a
 * directory.
 */
export const npm: Catalogue = {
  claims: ({ path }) => path.endsWith('package.json') && (path === 'package.json' || path.endsWith('/package.json')),
  async *read(file, { files }) {
    if (!installed.test(file.path) && !files.isDirectory(`${file.path.slice(0, -'package.json'.length)}node_modules`))
      return
    const manifest = parseObject((await files.bytes(file, mostBytes)).toString('utf8'))
    const name = readText(manifest['name'])
    const version = readText(manifest['version'])
    if (name === undefined || version === undefined) return
    const terms = readLicenses(manifest)
    yield {
      ...npmPackage(name, version),
      source: file.path,
      ...(terms.length > 0 && { licenses: { terms, joined: 'OR' } }),
      ...defined({ originator: formatPerson(manifest['author']), homepage: readText(manifest['homepage']) }),
    }
  },
}

/** A package of npm; a scope is the namespace. */
export function npmPackage(name: string, version: string): Pick<FoundPackage, 'name' | 'version' | 'purl'> {
  const slash = name.startsWith('@') ? name.indexOf('/') : -1
  const scope = slash < 0 ? '' : name.slice(0, slash)
  return { name, version, purl: { type: 'npm', namespace: scope, name: name.slice(slash + 1), version } }
}

/** `license` is a name or an object with one, `licenses` a list of either to choose from. */
function readLicenses({ license, licenses }: JsonObject): readonly string[] {
  return [license, ...readList(licenses)].flatMap(
    (one) => readText(isObject(one) ? (one['type'] ?? one['name']) : one) ?? [],
  )
}

/** `Name <address> (page)`, or an object. */
function formatPerson(author: unknown): string | undefined {
  if (!isObject(author)) return readText(author)?.split('(')[0]?.trim()
  const name = readText(author['name'])
  const email = readText(author['email'])
  return name !== undefined && email !== undefined ? `${name} <${email}>` : name
}
