import { readDockerfile } from '../build/dockerfile-source.ts'
import type { BuildOptions } from '../options.ts'
import type { SourceText } from './print-failure.ts'
import { isRemote } from './read-context.ts'

/** The Dockerfile of a build, for code frames; undefined where it is not on this machine, or has gone. */
export async function readDockerfileText({ context, dockerfile }: BuildOptions): Promise<SourceText | undefined> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  if (typeof context !== 'string' || isRemote(context, process.cwd())) return undefined
  return readDockerfile(context, dockerfile).catch(() => undefined)
}
