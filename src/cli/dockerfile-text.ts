import { readFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import type { BuildOptions } from '../options.ts'
import type { SourceText } from './print-failure.ts'
import { isRemote } from './read-context.ts'

/** The Dockerfile of a build, for code frames; undefined where it is not a file of this machine, or has gone. */
export async function readDockerfileText({ context, dockerfile }: BuildOptions, cwd: string): Promise<SourceText | undefined> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  for (const path of candidates(context, dockerfile)) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return { name: relative(cwd, path), text }
  }
  return undefined
}

function candidates(context: BuildOptions['context'], dockerfile: string | undefined): readonly string[] {
  if (dockerfile !== undefined && isAbsolute(dockerfile)) return [dockerfile]
  if (typeof context !== 'string' || isRemote(context)) return []
  return (dockerfile === undefined ? ['Dockerfile', 'Containerfile'] : [dockerfile]).map((name) => join(context, name))
}
