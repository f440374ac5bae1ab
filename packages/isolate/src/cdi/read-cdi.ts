import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { type CdiDevice, type CdiSpec, parseCdiSpec } from './cdi-spec.ts'

/** Directories with specifications of devices; those of a later one win. */
const cdiDirectories: readonly string[] = ['/etc/cdi', '/var/run/cdi', '/etc/buildkit/cdi']

const mostBytes = 16 << 20

/** The devices of a machine. */
export interface CdiRegistry {
  /** By name, sorted; with the specification each comes from. */
  readonly devices: ReadonlyMap<string, { readonly device: CdiDevice; readonly spec: CdiSpec }>
  /** Files that say nothing, and why, for people. */
  readonly problems: readonly string[]
}

/**
 * Reads the specifications (JSON) of the Container Device Interface. A file that cannot be read
 * costs its own devices only; a name that two files of one directory claim is left out.
 */
export function readCdi(directories: readonly string[] = cdiDirectories): CdiRegistry {
  const found = new Map<string, { readonly device: CdiDevice; readonly spec: CdiSpec }>()
  const problems: string[] = []
  for (const directory of directories) {
    const here = new Set<string>()
    for (const path of specFiles(directory, problems)) {
      const spec = readSpec(path, problems)
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

function readSpec(path: string, problems: string[]): CdiSpec | undefined {
  try {
    if (extname(path) !== '.json') throw new Error('only JSON is read, not YAML')
    if (statSync(path).size > mostBytes) throw new Error('it is too large')
    return parseCdiSpec(readFileSync(path, 'utf8'))
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}
