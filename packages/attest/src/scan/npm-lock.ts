import type { Catalogue } from './catalogue.ts'
import type { FoundPackage } from './found-package.ts'
import { isObject, type JsonObject, parseObject, readText } from '../json.ts'
import { npmPackage } from './npm.ts'

const mostBytes = 16 << 20

/**
 * Packages that `package-lock.json` would install, where none are installed yet: for directories of
 * source, not for images.
 */
export const npmLock: Catalogue = {
  claims: ({ path }) => path.endsWith('package-lock.json') && !path.includes('node_modules/'),
  async *read(file, { files }) {
    if (files.isDirectory(`${file.path.slice(0, -'package-lock.json'.length)}node_modules`)) return
    const lock = parseObject((await files.bytes(file, mostBytes)).toString('utf8'))
    const { packages, dependencies } = lock
    const named = isObject(packages)
      ? fromPackages(packages)
      : isObject(dependencies)
        ? [...fromDependencies(dependencies)]
        : []
    const distinct = new Map(named.map((one) => [JSON.stringify([one.name, one.version]), one]))
    for (const one of distinct.values()) yield { ...one, source: file.path }
  },
}

type Named = Omit<FoundPackage, 'source'>

/**
 * Versions 2 and 3: by the directory a package goes to. The root and links to directories of the
 * project are not installed from anywhere.
 */
function fromPackages(packages: JsonObject): readonly Named[] {
  return Object.entries(packages).flatMap(([path, value]) => {
    const at = path.lastIndexOf('node_modules/')
    if (at < 0 || !isObject(value) || value['link'] === true) return []
    const version = readText(value['version'])
    const license = readText(value['license'])
    if (version === undefined) return []
    const name = readText(value['name']) ?? path.slice(at + 'node_modules/'.length)
    return [
      {
        ...npmPackage(name, version),
        ...(license !== undefined && { licenses: { terms: [license], joined: 'OR' as const } }),
      },
    ]
  })
}

/** Version 1: by name, those of one package inside it. */
function* fromDependencies(root: JsonObject): Generator<Named> {
  const waiting: JsonObject[] = [root]
  for (let level = waiting.pop(); level !== undefined; level = waiting.pop()) {
    for (const [name, value] of Object.entries(level)) {
      if (!isObject(value)) continue
      const version = readText(value['version'])
      if (version !== undefined) yield npmPackage(name, version)
      if (isObject(value['dependencies'])) waiting.push(value['dependencies'])
    }
  }
}
