import { existsSync, realpathSync } from 'node:fs'
import { cp, mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'

const root = join(import.meta.dirname, '../..')

interface PackageFile {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/**
 * Writes tsbuild into a directory as `npm install` would: `dist/cli.js` and the packages that it
 * needs, for this processor.
 */
export async function install(directory: string): Promise<void> {
  await mkdir(join(directory, 'dist'), { recursive: true })
  await bundle(root, join(directory, 'dist'))
  await cp(join(root, 'package.json'), join(directory, 'package.json'))
  const { dependencies = {} } = await packageFile(root)
  const copied = new Set<string>()
  for (const name of Object.keys(dependencies)) await copyPackage(name, join(root, 'node_modules'))

  /** `from`: a directory of packages. Optional ones may be missing. */
  async function copyPackage(name: string, from: string): Promise<void> {
    if (copied.has(name) || !existsSync(join(from, name))) return
    copied.add(name)
    const path = realpathSync(join(from, name))
    await cp(path, join(directory, 'node_modules', name), { recursive: true, dereference: true })
    const { dependencies = {}, optionalDependencies = {} } = await packageFile(path)
    // pnpm has the packages that one needs beside it.
    const beside = name.startsWith('@') ? dirname(dirname(path)) : dirname(path)
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies })) await copyPackage(needed, beside)
  }
}

async function packageFile(directory: string): Promise<PackageFile> {
  return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'))
}
