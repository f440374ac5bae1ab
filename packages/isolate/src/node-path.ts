import { existsSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

/**
 * The running Node. Where /proc is missing, `process.execPath` is only the word that Node was
 * started with.
 */
export function nodePath(execPath: string = process.execPath): string {
  if (execPath.includes('/')) return resolve(execPath)
  const directories = (process.env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '')
  return directories.map((directory) => join(directory, execPath)).find((path) => existsSync(path)) ?? execPath
}
