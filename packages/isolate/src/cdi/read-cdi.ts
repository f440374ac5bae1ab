import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type CdiDevice, type CdiSpec, readCdiSpec } from './cdi-spec.ts'

/** Directories with specifications of devices; those of a later one win. */
const cdiDirectories: readonly string[] = ['/etc/cdi', '/var/run/cdi', '/etc/buildkit/cdi']

const mostBytes = 16 << 20
/** The parser of YAML takes far more time and memory for a byte than that of JSON. */
const mostYaml = 1 << 20

/** The devices of a machine. */
export interface CdiRegistry {
  /** By name, sorted; with the specification each comes from. */
  readonly devices: ReadonlyMap<string, { readonly device: CdiDevice; readonly spec: CdiSpec }>
  /** Files that were ignored, and why, as text for people. */
  readonly problems: readonly string[]
}

/**
 * Reads the specifications (JSON and YAML) of the Container Device Interface. A file that cannot be
 * read costs its own devices only; a name that two files of one directory claim is left out.
 */
export async function readCdi(directories: readonly string[] = cdiDirectories): Promise<CdiRegistry> {
  const found = new Map<string, { readonly device: CdiDevice; readonly spec: CdiSpec }>()
  const problems: string[] = []
  for (const directory of directories) {
    const here = new Set<string>()
    for (const path of specFiles(directory, problems)) {
      const spec = await readSpec(path, problems)
      for (const device of spec?.devices ?? []) {
        if (spec && !here.has(device.name)) found.set(device.name, { device, spec })
        else if (found.delete(device.name)) problems.push(`${path}: device ${device.name} is in another file too`)
        here.add(device.name)
      }
    }
  }
  return { devices: new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1))), problems }
}

function specFiles(directory: string, problems: string[]): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => ['.json', '.yaml'].includes(extname(name)))
      .sort()
      .map((name) => join(directory, name))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      problems.push(`${directory}: ${String(error)}`)
    return []
  }
}

async function readSpec(path: string, problems: string[]): Promise<CdiSpec | undefined> {
  const isYaml = extname(path) === '.yaml'
  try {
    const file = statSync(path)
    if (!file.isFile()) throw new Error('it is not a file')
    if (file.size > (isYaml ? mostYaml : mostBytes)) throw new Error('it is too large')
    const text = readFileSync(path, 'utf8')
    return readCdiSpec(isYaml ? await parseYaml(text) : JSON.parse(text))
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    problems.push(`${path}: ${reason.replace(/:$/, '')}`)
    return undefined
  }
}

/** 64 lists or mappings, each the first thing in the one around it. */
const deepYaml = /(?:[[{]\s*|[-?]\s+){64}/

/** YAML as the CDI library reads it, by version 1.1: the mode `0660` is octal. */
async function parseYaml(text: string): Promise<unknown> {
  // The parser takes 14 s for half a million open brackets.
  if (deepYaml.test(text)) throw new Error('it is nested too deeply')
  const { parse } = await import('yaml')
  return parse(text, { version: '1.1', maxAliasCount: 100, logLevel: 'error' })
}
