import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Version of this package: from the nearest package.json above this file, which is the same one before and after bundling. */
export async function packageVersion(): Promise<string> {
  for (let directory = import.meta.dirname; directory !== dirname(directory); directory = dirname(directory)) {
    const text = await readFile(join(directory, 'package.json'), 'utf8').catch(() => undefined)
    const version: unknown = text === undefined ? undefined : Reflect.get(Object(JSON.parse(text)), 'version')
    if (typeof version === 'string') return version
  }
  return 'of unknown version'
}
