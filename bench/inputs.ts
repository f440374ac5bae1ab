import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '@tsbuild/registry/testing'
import { debianArchive, withoutDebian } from '../test/support/debian-archive.ts'
import { runOrThrow } from '../test/support/run-program.ts'

/** Inputs of the works. */
export interface Inputs extends AsyncDisposable {
  /** Reference of the base image in a registry on loopback. */
  readonly base: string
  /** Directory with 20,000 small files. */
  readonly manyFiles: string
  /** Directory with one file. */
  readonly smallContext: string
}

const fileCount = 20_000

/**
 * Makes the inputs below `directory`, the same bytes each time, and starts the registry. Throws
 * when this machine cannot.
 */
export async function prepareInputs(directory: string): Promise<Inputs> {
  const obstacle = await withoutDebian()
  if (obstacle !== undefined) throw new Error(`Cannot make the base image: ${obstacle}`)
  const manyFiles = join(directory, 'many-files')
  await writeManyFiles(manyFiles)
  const smallContext = join(directory, 'small-context')
  await mkdir(smallContext)
  await writeFile(join(smallContext, 'file'), 'hello\n')
  const registry = await startRegistry()
  const base = `${registry.host}/base:1`
  await pushBase(join(directory, 'base'), base)
  return { base, manyFiles, smallContext, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
}

/** Sizes between 100 bytes and 8 KiB, text that compresses about as well as source code does. */
async function writeManyFiles(directory: string): Promise<void> {
  for (let index = 0; index < fileCount; index += 1) {
    const folder = join(directory, `d${index % 200}`, `e${index % 10}`)
    if (index < 2000) await mkdir(folder, { recursive: true })
    const seed = createHash('sha256').update(String(index)).digest('hex')
    await writeFile(join(folder, `f${index}.js`), `export const v${index} = '${seed}'\n`.repeat(1 + (index % 90)))
  }
}

/** An image of one layer by other people's tools, so that no builder has an advantage. */
async function pushBase(layout: string, base: string): Promise<void> {
  await runOrThrow('umoci', ['init', '--layout', layout])
  await runOrThrow('umoci', ['new', '--image', `${layout}:1`])
  await runOrThrow('umoci', ['raw', 'add-layer', '--image', `${layout}:1`, debianArchive])
  await runOrThrow('umoci', [
    'config',
    '--image',
    `${layout}:1`,
    '--config.cmd',
    'sh',
    '--config.env',
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  ])
  await runOrThrow('skopeo', ['copy', '-q', '--dest-tls-verify=false', `oci:${layout}:1`, `docker://${base}`])
}
