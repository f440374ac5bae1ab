// Part of the bundle: finds files and dependencies of the package, also from code that another
// bundler has moved.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

// Not an import: webpack replaces calls of it.
const { createRequire } = process.getBuiltinModule('node:module')

/** URL of a module; undefined in a CommonJS bundle, where `import.meta` is empty. */
type ModuleUrl = string | undefined

/** A file of the package: beside the module, else in the installed package. */
export function ownFile(name: string, from: ModuleUrl): URL {
  const beside = from === undefined ? undefined : new URL(`./${name}`, from)
  if (beside !== undefined && existsSync(beside)) return beside
  const installed = installedPackage(from)
  if (installed !== undefined) return pathToFileURL(join(dirname(installed), 'dist', name))
  if (beside !== undefined) return beside
  throw new Error(`file of tsbuild not found: ${name}`)
}

/**
 * A dependency of the package: as the module would load it, else as the installed package does.
 * Bundlers leave it alone, which CommonJS modules and native code need.
 */
export function ownModule(name: string, from: ModuleUrl): unknown {
  const first = createRequire(from ?? start())
  try {
    return first(name)
  } catch (error) {
    const installed = installedPackage(from)
    if (installed === undefined) throw error
    return createRequire(installed)(name)
  }
}

/** The same as a module namespace. */
export async function importOwn(name: string, from: ModuleUrl): Promise<unknown> {
  const loaded = ownModule(name, from)
  return { ...Object(loaded), default: loaded }
}

/** Names that a program may have installed the package under: the one it imports, and its own. */
const installedNames = ['tsbuild', 'tsbuild-oci']

/** The package.json of tsbuild as a program at `from`, or the program itself, finds it. */
function installedPackage(from: ModuleUrl): string | undefined {
  for (const place of [from, start()]) {
    if (place === undefined) continue
    for (const name of installedNames) {
      try {
        return createRequire(place).resolve(`${name}/package.json`)
      } catch {}
    }
  }
  return undefined
}

/** The program that was started, else a file in the working directory. */
function start(): string {
  return process.argv[1] ?? join(process.cwd(), 'program.js')
}
