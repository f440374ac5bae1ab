import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Reason why a test cannot run here, as the end of its title; undefined when it can. */
export type Obstacle = string | undefined

/** The title of a test, with the reason when it is left out. */
export function titled(title: string, obstacle: Obstacle): string {
  return obstacle === undefined ? title : `${title} (left out: ${obstacle})`
}

/** Programs that are not installed. */
export function withoutPrograms(...programs: readonly string[]): Obstacle {
  const missing = programs.filter((program) => findProgram(program) === undefined)
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`
}

export function withoutRoot(): Obstacle {
  return process.getuid?.() === 0 ? undefined : 'needs root'
}

/** Path of a program, or undefined. */
export function findProgram(program: string): string | undefined {
  // Debian keeps some in sbin, which is not on everybody's PATH.
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return directories.map((directory) => join(directory, program)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
