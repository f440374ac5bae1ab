import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** Processors in the words of Node, and of image platforms. */
export const architectures = { x64: 'amd64', arm64: 'arm64' } as const
export type Architecture = keyof typeof architectures

/** The parts of an executable that differ between processors. */
export interface Target {
  /** A Node of the version that runs this. */
  readonly node: string
  /** Directory of the package with koffi's native code. */
  readonly native: string
}

/**
 * Finds the parts for a processor: those installed here, else from the npm registry, kept below
 * `cache`.
 */
export async function findTarget(arch: Architecture, cache: string): Promise<Target> {
  const koffi = koffiDirectory()
  const native = `@koromix/koffi-linux-${arch}`
  if (arch === process.arch)
    return { node: process.execPath, native: dirname(createRequire(join(koffi, 'index.cjs')).resolve(native)) }
  const { version }: { readonly version: string } = JSON.parse(await readFile(join(koffi, 'package.json'), 'utf8'))
  const node = await download(`node-linux-${arch}`, process.versions.node, cache)
  return { node: join(node, 'bin/node'), native: await download(native, version, cache) }
}

/** Directory of the package koffi. */
export function koffiDirectory(): string {
  return dirname(createRequire(import.meta.url).resolve('koffi'))
}

/** Content of a package of the npm registry; npm checks it against the registry's digest. */
async function download(name: string, version: string, cache: string): Promise<string> {
  const directory = join(cache, `${name.replace('/', '+')}@${version}`)
  if (existsSync(directory)) return join(directory, 'package')
  const work = `${directory}-${process.pid}`
  await mkdir(work, { recursive: true })
  try {
    const archive = run('npm', ['pack', '--silent', `--pack-destination=${work}`, `${name}@${version}`])
    run('tar', ['-xzf', join(work, archive.trim()), '-C', work])
    await rm(join(work, archive.trim()))
    await rename(work, directory)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
  return join(directory, 'package')
}

function run(program: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === 0) return stdout
  throw new Error(`Cannot make the executable: ${program} ${args.join(' ')}: ${error?.message ?? stderr}`)
}
