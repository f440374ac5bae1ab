import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'
import { isObject, type JsonObject, readList, readObjects, readText } from '../json.ts'
import type { FoundPackage } from './found-package.ts'

const mostBytes = 16 << 20

/** Packages of PHP: what Composer writes into the directory it installed to. */
export const composer: Catalogue = {
  claims: ({ path }) => path.endsWith('/composer/installed.json'),
  async *read(file, { files }) {
    const document: unknown = JSON.parse((await files.bytes(file, mostBytes)).toString('utf8'))
    // Composer 1 wrote the list alone.
    const packages = readObjects(isObject(document) ? document['packages'] : document)
    for (const one of packages) {
      const found = readPackage(one, file.path)
      if (found) yield found
    }
  },
}

function readPackage(one: JsonObject, source: string): FoundPackage | undefined {
  const name = readText(one['name'])
  const version = readText(one['version'])
  if (name === undefined || version === undefined) return undefined
  const slash = name.lastIndexOf('/')
  const terms = readList(one['license']).flatMap((term) => readText(term) ?? [])
  return {
    name,
    version,
    purl: { type: 'composer', namespace: name.slice(0, Math.max(slash, 0)), name: name.slice(slash + 1), version },
    source,
    ...(terms.length > 0 && { licenses: { terms, joined: 'OR' } }),
    ...defined({ homepage: readText(one['homepage']) }),
  }
}
