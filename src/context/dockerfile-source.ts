import { type Dirent, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'
import { didYouMean } from '@tsbuild/dockerfile'
import type { GitOp, HttpOp } from '../graph/op.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from '../build-error.ts'
import { listEntries } from './list-entries.ts'
import { statIfThere } from './stat-if-there.ts'

/** The text of a Dockerfile and where it is. */
export interface DockerfileSource {
  /** For messages: as the user would name it. */
  readonly name: string
  readonly text: string
  /** Absolute; absent for text that came from elsewhere. */
  readonly path?: string
  /** Op that fetched it; absent for a file of the caller. */
  readonly fetched?: GitOp | HttpOp
}

/** Names that are tried in the context, in this order. */
export const dockerfileNames: readonly string[] = ['Dockerfile', 'dockerfile', 'Containerfile']

const maximumSize = 8 << 20
/** Directories that are searched for a Dockerfile that may have been meant. */
const mostDirectories = 100

/** A context in a directory; paths are absolute. */
export interface ContextDirectory {
  readonly directory: string
  /** Working directory of the caller: messages name paths relative to it. */
  readonly cwd: string
}

/** Reads the Dockerfile of a build whose context is a directory. */
export async function readDockerfile(
  { directory: context, cwd }: ContextDirectory,
  dockerfile: BuildOptions['dockerfile'],
): Promise<DockerfileSource> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  const candidates = dockerfile === undefined ? dockerfileNames.map((name) => join(context, name)) : [dockerfile]
  for (const path of candidates) {
    const text = await readText(path)
    if (text !== undefined) return { name: nameDockerfile(path, { cwd, found: dockerfile === undefined }), text, path }
  }
  throw notFound({ directory: context, cwd }, dockerfile)
}

/** Name of a Dockerfile in messages. One found in a context elsewhere needs no absolute path. */
function nameDockerfile(path: string, { cwd, found }: { readonly cwd: string; readonly found: boolean }): string {
  const name = shown(path, cwd)
  return found && isAbsolute(name) ? basename(path) : name
}

/**
 * Reads the ignore file that belongs to a Dockerfile: `<Dockerfile>.dockerignore`, else
 * `.dockerignore` in the context.
 */
export async function readIgnoreFile(
  { directory: context, cwd }: ContextDirectory,
  dockerfile?: string,
): Promise<DockerfileSource | undefined> {
  const own = dockerfile === undefined ? undefined : `${dockerfile}.dockerignore`
  for (const path of own === undefined ? [join(context, '.dockerignore')] : [own, join(context, '.dockerignore')]) {
    const text = await readText(path)
    if (text !== undefined) return { name: shown(path, cwd), text, path }
  }
  return undefined
}

/** Text of a file; undefined if it does not exist. */
export async function readText(path: string): Promise<string | undefined> {
  const found = await statIfThere(path)
  if (!found?.isFile()) return undefined
  if (found.size > maximumSize)
    throw new BuildError('DOCKERFILE_TOO_LARGE', `"${path}" has ${found.size} bytes: at most ${maximumSize} are read`)
  return readFile(path, 'utf8')
}

/**
 * A path as a user in the working directory would write it; absolute where that takes climbing up.
 */
export function shown(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}

function notFound(place: ContextDirectory, dockerfile: string | undefined): BuildError {
  const { directory: context, cwd } = place
  const likely = likelyDockerfiles(place)
  if (dockerfile === undefined) {
    const there = likely.map((path) => `-f ${path}`).join(' or ')
    const place = shown(resolve(context), cwd)
    return new BuildError(
      'DOCKERFILE_NOT_FOUND',
      `failed to read dockerfile: no ${dockerfileNames.join(' or ')} in "${place}"`,
      {
        hint: there === '' ? 'put a Dockerfile there, or name one with -f' : `did you mean ${there}?`,
        ...(likely.length === 1 && likely[0] !== undefined && { suggestion: likely[0] }),
      },
    )
  }
  const problem = statSync(dockerfile, { throwIfNoEntry: false })?.isDirectory() ? 'is a directory' : 'not found'
  const named = likely.find((other) => basename(other) === basename(dockerfile))
  return new BuildError('DOCKERFILE_NOT_FOUND', `failed to read dockerfile: "${shown(dockerfile, cwd)}" ${problem}`, {
    hint: '-f is relative to the current directory',
    ...(named === undefined
      ? didYouMean(shown(dockerfile, cwd), likely)
      : { hint: `did you mean ${named}?`, suggestion: named }),
  })
}

/**
 * Files in a context and in its directories that look like Dockerfiles, as the user would write
 * them.
 */
function likelyDockerfiles({ directory: context, cwd }: ContextDirectory): readonly string[] {
  const directories = [
    context,
    ...listEntries(context).flatMap((entry) => (entry.isDirectory() ? join(context, entry.name) : [])),
  ]
  return directories
    .slice(0, mostDirectories)
    .flatMap((directory) =>
      listEntries(directory).flatMap((entry) => (isLikely(entry) ? shown(resolve(directory, entry.name), cwd) : [])),
    )
    .slice(0, 3)
}

function isLikely(entry: Dirent): boolean {
  return entry.isFile() && /(dockerfile|containerfile)/i.test(entry.name) && !entry.name.endsWith('ignore')
}
