import { readFile, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import type { GitOp, HttpOp } from '../graph/op.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from './build-error.ts'

/** The text of a Dockerfile and where it is. */
export interface DockerfileSource {
  /** For messages: as the user would name it. */
  readonly name: string
  readonly text: string
  /** Absolute; absent for text that came from elsewhere. */
  readonly path?: string
  /** What it was fetched with; absent for what the caller gave. */
  readonly fetched?: GitOp | HttpOp
}

/** Names that are tried in the context, in this order. */
export const dockerfileNames: readonly string[] = ['Dockerfile', 'dockerfile', 'Containerfile']

const maximumSize = 8 << 20

/** Reads the Dockerfile of a build whose context is a directory. */
export async function readDockerfile(context: string, dockerfile: BuildOptions['dockerfile']): Promise<DockerfileSource> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  const candidates = dockerfile === undefined ? dockerfileNames.map((name) => join(context, name)) : [resolve(dockerfile)]
  for (const path of candidates) {
    const text = await readText(path)
    if (text !== undefined) return { name: dockerfile ?? basename(path), text, path }
  }
  throw notFound(context, dockerfile)
}

/** Reads the ignore file that belongs to a Dockerfile: `<Dockerfile>.dockerignore`, else `.dockerignore` in the context. */
export async function readIgnoreFile(
  context: string,
  dockerfile?: string,
): Promise<{ readonly name: string; readonly text: string } | undefined> {
  const own = dockerfile === undefined ? undefined : `${dockerfile}.dockerignore`
  for (const path of own === undefined ? [join(context, '.dockerignore')] : [own, join(context, '.dockerignore')]) {
    const text = await readText(path)
    if (text !== undefined) return { name: relative(process.cwd(), path) || path, text }
  }
  return undefined
}

async function readText(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isFile()) return undefined
  if (found.size > maximumSize)
    throw new BuildError('DOCKERFILE_TOO_LARGE', `"${path}" has ${found.size} bytes: at most ${maximumSize} are read`)
  return readFile(path, 'utf8')
}

function notFound(context: string, dockerfile: string | undefined): BuildError {
  if (dockerfile !== undefined) {
    return new BuildError('DOCKERFILE_NOT_FOUND', `failed to read dockerfile: "${dockerfile}" not found`, {
      hint: 'paths of -f are relative to the current directory',
    })
  }
  const hint = `put a Dockerfile there, or name one with -f`
  return new BuildError('DOCKERFILE_NOT_FOUND', `failed to read dockerfile: no ${dockerfileNames.join(' or ')} in "${context}"`, { hint })
}
