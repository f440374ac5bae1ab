import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Path of a program in PATH, then in `further` directories; undefined where it is missing. */
export function findInPath(name: string, further: readonly string[] = []): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory.startsWith('/'))
  return [...directories, ...further].map((directory) => join(directory, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
