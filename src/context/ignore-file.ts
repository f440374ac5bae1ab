import { resolve } from 'node:path'
import { DockerfileError, type IgnoreMatcher, parseIgnore } from '@tsbuild/dockerfile'
import { BuildError } from '../build-error.ts'
import { type BuildRequest, isStream } from '../build-request.ts'
import { type DockerfileSource, readText, shown } from './dockerfile-source.ts'

/** Rules of an ignore file, and its name in messages. */
export type IgnoreFile = Pick<DockerfileSource, 'name' | 'text'>

/**
 * The ignore file that the caller names; undefined for none. Only contexts of this machine have
 * one.
 */
export async function readGivenIgnoreFile(
  { context, cwd, ignoreFile }: Pick<BuildRequest, 'context' | 'cwd' | 'ignoreFile'>,
  isRemote: boolean,
): Promise<IgnoreFile | undefined> {
  if (ignoreFile === undefined) return undefined
  const path = resolve(cwd, ignoreFile)
  const name = shown(path, cwd)
  if (isRemote || isStream(context))
    throw new BuildError('IGNORE_FILE_INVALID', `"${name}" cannot filter a context that is a stream, a URL or git`, {
      hint: 'an ignore file works with a directory',
    })
  const text = await readText(path)
  if (text === undefined) throw new BuildError('IGNORE_FILE_INVALID', `ignore file "${name}" not found`)
  return { name, text }
}

/**
 * A fault is not kept as the cause: its range is a place in the ignore file, and readers would look
 * for it in the Dockerfile.
 */
export function parseIgnoreFile({ name, text }: IgnoreFile): IgnoreMatcher {
  try {
    return parseIgnore(text)
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error
    const line = error.range === undefined ? '' : `, line ${error.range.start.line}`
    const { hint } = error
    throw new BuildError('IGNORE_FILE_INVALID', `cannot read "${name}"${line}: ${error.message}`, { hint })
  }
}
