// The script inside of the executable. It starts the command line, or, for processes that tsbuild
// starts, the module of its own that the first argument names: the executable is then what `node`
// is elsewhere.
import module from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getAsset, getRawAsset } from 'node:sea'
import { pathToFileURL } from 'node:url'
import type { Pack } from './pack.ts'
import { findOrUnpack, isUnpacked } from './unpack.ts'

const pack: Pack = JSON.parse(getAsset('pack.json', 'utf8'))
const asset = (path: string): Uint8Array => new Uint8Array(getRawAsset(path))

try {
  const own = findOwnModule(process.argv[2] ?? '')
  const directory = own?.directory ?? findOrUnpack(pack, asset, unpackParents())
  module.enableCompileCache(join(directory, 'compile-cache'))
  // Modules find their arguments where `node MODULE ARGUMENT...` puts them.
  if (own !== undefined) process.argv.splice(1, 1)
  start(directory, own?.path ?? 'main.js')
} catch (error) {
  console.error(`error: tsbuild cannot unpack itself: ${error instanceof Error ? error.message : String(error)}`)
  console.error('hint: set XDG_CACHE_HOME or TMPDIR to a directory of this user')
  process.exitCode = 1
}

/** A module of this executable, in a directory that has all its files unchanged. */
function findOwnModule(argument: string): { readonly directory: string; readonly path: string } | undefined {
  const path = pack.started.find((name) => argument.endsWith(`/program-${pack.id}/${name}`))
  if (path === undefined) return undefined
  const directory = argument.slice(0, -path.length - 1)
  return isUnpacked(pack, directory) ? { directory, path } : undefined
}

/** Directories of this user, the one that lasts longest first. */
function unpackParents(): readonly string[] {
  const { XDG_CACHE_HOME: caches, HOME: home } = process.env
  const ofUser = `tsbuild-${process.geteuid?.() ?? 'user'}`
  return [
    ...(caches?.startsWith('/') ? [join(caches, 'tsbuild')] : []),
    ...(home?.startsWith('/') ? [join(home, '.cache/tsbuild')] : []),
    ...[tmpdir(), '/tmp', '/var/tmp', '/dev/shm'].map((directory) => join(directory, ofUser)),
  ]
}

/** The embedded script itself may import only modules of Node. */
function start(directory: string, path: string): void {
  const importModule: unknown = module.createRequire(join(directory, 'import.cjs'))('./import.cjs')
  if (typeof importModule === 'function') importModule(pathToFileURL(join(directory, path)).href)
}
