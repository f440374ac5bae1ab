import { stat } from 'node:fs/promises'
import type { Bytes } from '@tsbuild/content'
import { type IgnoreMatcher, parseIgnore } from '@tsbuild/dockerfile'
import type { TreeView } from '@tsbuild/tree'
import { isGitAddress } from '../frontend/git-url.ts'
import type { MainContext, NamedContext } from '../frontend/lower-options.ts'
import { readTextFile } from '../layer/read-text-file.ts'
import type { ContextSource } from '../op/local.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from './build-error.ts'
import { type DockerfileSource, dockerfileNames, readDockerfile, readIgnoreFile } from './dockerfile-source.ts'
import { parseNamedContext } from './named-context.ts'
import { readStreamedContext } from './streamed-context.ts'

/** Fetches what a context can be besides a directory. */
export interface ContextTools {
  /** The files of a git repository, by address. */
  git(url: string): Promise<TreeView>
  download(url: string): Promise<Bytes>
  /** A tar as a file system, its bytes kept in the store. */
  tar(bytes: Bytes): Promise<TreeView>
}

/** Everything a build reads from its caller. */
export interface OpenedContexts {
  readonly dockerfile: DockerfileSource
  readonly main: MainContext
  readonly named: Readonly<Record<string, NamedContext>>
  /** What `LocalOp` stands for, by context name; the main context is `context`. */
  readonly local: ReadonlyMap<string, ContextSource>
  /** The ignore rules of the main context, for messages that must name one. */
  readonly ignore?: IgnoreMatcher
}

/** Opens the build context, the named contexts and the Dockerfile. */
export async function openContexts(options: BuildOptions, tools: ContextTools): Promise<OpenedContexts> {
  const { source, ...opened } = await openMain(options, tools)
  const local = new Map<string, ContextSource>(source ? [['context', source]] : [])
  const named: Record<string, NamedContext> = {}
  for (const [name, value] of Object.entries(options.contexts ?? {})) {
    named[name] = parseNamedContext(value)
    if (named[name].kind === 'local') local.set(name, (await openDirectory(value)).source)
  }
  return { ...opened, named, local }
}

type OpenedMain = Pick<OpenedContexts, 'main' | 'dockerfile' | 'ignore'> & { readonly source?: ContextSource }

async function openMain({ context, dockerfile }: BuildOptions, tools: ContextTools): Promise<OpenedMain> {
  if (typeof context !== 'string') return openStream(context, dockerfile, tools)
  const url = contextUrl(context)
  if (url === undefined) {
    await requireDirectory(context)
    const source = await readDockerfile(context, dockerfile)
    return { main: 'local', dockerfile: source, ...(await openDirectory(context, source.path)) }
  }
  if (!isGitAddress(url)) return openStream(await tools.download(url), dockerfile, tools)
  return { main: { kind: 'git', url }, dockerfile: await dockerfileOf(await tools.git(url), dockerfile) }
}

async function openStream(stream: Bytes, dockerfile: BuildOptions['dockerfile'], tools: ContextTools): Promise<OpenedMain> {
  const context = await readStreamedContext(stream, tools)
  const file = context.kind === 'dockerfile' ? { name: 'Dockerfile', text: context.text } : await dockerfileOf(context.files, dockerfile)
  return { main: 'local', dockerfile: file, source: { view: context.files } }
}

/** A directory with the rules of its ignore file: the Dockerfile's own, else `.dockerignore`. */
async function openDirectory(
  directory: string,
  dockerfile?: string,
): Promise<{ readonly source: ContextSource; readonly ignore?: IgnoreMatcher }> {
  await requireDirectory(directory)
  const file = await readIgnoreFile(directory, dockerfile)
  if (file === undefined) return { source: { directory, ignores: () => false, mayContain: () => true } }
  const ignore = parseIgnore(file.text)
  return { source: { directory, ignores: (path) => ignore.matches(path), mayContain: (path) => ignore.mayContain(path) }, ignore }
}

async function requireDirectory(context: string): Promise<void> {
  const found = await stat(context).catch(() => undefined)
  if (found?.isDirectory()) return
  const problem = found ? 'is not a directory' : 'is not there'
  throw new BuildError('CONTEXT_NOT_FOUND', `unable to prepare context: path "${context}" ${problem}`)
}

/** The Dockerfile inside a context that is not a directory of the caller. */
async function dockerfileOf(files: TreeView, dockerfile: BuildOptions['dockerfile']): Promise<DockerfileSource> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  for (const name of dockerfile === undefined ? dockerfileNames : [dockerfile]) {
    const text = await readTextFile(files, name)
    if (text !== undefined) return { name, text }
  }
  throw new BuildError('DOCKERFILE_NOT_FOUND', `failed to read dockerfile: no ${dockerfile ?? dockerfileNames.join(' or ')} in the context`)
}

/** The URL a context argument stands for; undefined for a directory. */
function contextUrl(context: string): string | undefined {
  if (/^https?:\/\//.test(context) || isGitAddress(context)) return context
  return context.startsWith('github.com/') ? `https://${context}${/\.git($|[#?])/.test(context) ? '' : '.git'}` : undefined
}
