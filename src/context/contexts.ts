import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { type Bytes, readAll } from '@tsbuild/content'
import { didYouMean, type IgnoreMatcher } from '@tsbuild/dockerfile'
import { emptyView, type TreeView } from '@tsbuild/tree'
import { gitContext } from '../frontend/sources/files.ts'
import { isGitAddress, isHttpUrl } from '../frontend/sources/git-url.ts'
import type { MainContext, NamedContext } from '../frontend/plan/lower-options.ts'
import type { GitOp, HttpOp } from '../graph/op.ts'
import { readTextFile } from '../layer/read-text-file.ts'
import type { ContextSource } from '../op/local.ts'
import { type BuildRequest, type ContextInput, isStream } from '../build-request.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from '../build-error.ts'
import { type DockerfileSource, dockerfileNames, readDockerfile, readIgnoreFile, shown } from './dockerfile-source.ts'
import { type IgnoreFile, parseIgnoreFile, readGivenIgnoreFile } from './ignore-file.ts'
import { keptFiles, memoryContext } from './memory-context.ts'
import { parseNamedContext } from './named-context.ts'
import { statIfThere } from './stat-if-there.ts'
import type { RemoteSources } from './remote-sources.ts'
import { maximumDockerfile, readDownloadedContext, readStreamedContext } from './streamed-context.ts'

const schemes = ['docker-image://', 'oci-layout://', 'https://', 'http://', 'git://', 'ssh://']

/** Everything a build reads from its caller. */
export interface OpenedContexts {
  readonly dockerfile: DockerfileSource
  readonly main: MainContext
  /** Time of the main context, in seconds; undefined for a directory, which has no time. */
  mainTime(): Promise<number | undefined>
  readonly named: Readonly<Record<string, NamedContext>>
  /** Contents of `LocalOp`s, by context name; the main context is `context`. */
  readonly local: ReadonlyMap<string, ContextSource>
  /** Op that fetched the main context; absent for a directory or stream of the caller. */
  readonly fetched?: GitOp | HttpOp
  /** The ignore rules of the main context, for messages that must name one. */
  readonly ignore?: IgnoreMatcher
  /** The file they are in, as the user would name it. */
  readonly ignoreFile?: string
}

/** Opens the build context, the named contexts and the Dockerfile. */
export async function openContexts(request: BuildRequest, remote: RemoteSources): Promise<OpenedContexts> {
  const { source, ...opened } = await openMain(request, remote)
  const local = new Map<string, ContextSource>(source ? [['context', source]] : [])
  const named: Record<string, NamedContext> = {}
  for (const [name, value] of Object.entries(request.contexts)) {
    if (typeof value !== 'string') {
      named[name] = { kind: 'local' }
      local.set(name, { view: await openNamed(name, value, { request, remote }) })
      continue
    }
    const context = parseNamedContext(value)
    named[name] =
      context.kind === 'layout' ? { ...context, directory: resolve(request.cwd, context.directory) } : context
    if (context.kind !== 'local') continue
    const directory = await requireDirectory(value, request.cwd, `failed to get build context ${name}`)
    const rules = await readIgnoreFile({ directory, cwd: request.cwd })
    local.set(name, openWithRules(directory, rules).source)
  }
  return { ...opened, named, local }
}

type OpenedMain = Pick<OpenedContexts, 'main' | 'dockerfile' | 'fetched' | 'ignore' | 'ignoreFile' | 'mainTime'> & {
  readonly source?: ContextSource
}

const timeless = async (): Promise<undefined> => undefined

async function openMain(request: BuildRequest, remote: RemoteSources): Promise<OpenedMain> {
  const { context, dockerfile, args = {}, cwd, signal } = request
  const isText = typeof context === 'string'
  const url = isText && !(await isDirectory(resolve(cwd, context))) ? contextUrl(context) : undefined
  const rules = await readGivenIgnoreFile(request, url !== undefined)
  if (isStream(context)) return openStream(context, dockerfile, remote)
  if (!isText) {
    const files = await memoryContext(context, { cwd, signal })
    return openFiles(files, { dockerfile, ...(rules && { rules }) }, remote)
  }
  if (url === undefined) {
    const directory = await requireDirectory(context, cwd, 'unable to prepare context')
    const path = typeof dockerfile === 'string' ? resolve(cwd, dockerfile) : dockerfile
    const file = (await givenDockerfile(dockerfile, remote)) ?? (await readDockerfile({ directory, cwd }, path))
    return {
      main: 'local',
      mainTime: timeless,
      dockerfile: file,
      ...openWithRules(directory, rules ?? (await readIgnoreFile({ directory, cwd }, file.path))),
    }
  }
  const isOurs = typeof dockerfile === 'string' && isAbsolute(dockerfile)
  const given = isOurs
    ? await readDockerfile({ directory: context, cwd }, dockerfile)
    : await givenDockerfile(dockerfile, remote)
  if (!isGitAddress(url)) return openDownload(url, given ?? dockerfile, remote)
  const op = gitContext(url, args)
  const file = given ?? { ...(await dockerfileIn(await remote.files(op), dockerfile)), fetched: op }
  return { main: { kind: 'git', url }, fetched: op, mainTime: () => remote.time(op), dockerfile: file }
}

async function openStream(
  stream: Bytes,
  dockerfile: BuildOptions['dockerfile'],
  remote: RemoteSources,
): Promise<OpenedMain> {
  const context = await readStreamedContext(stream, remote)
  if (context.kind === 'tar') {
    const { files, newest } = context
    const file = (await givenDockerfile(dockerfile, remote)) ?? (await dockerfileIn(files, dockerfile))
    return { main: 'local', mainTime: async () => newest, dockerfile: file, source: { view: files } }
  }
  if (dockerfile !== undefined) {
    throw new BuildError(
      'DOCKERFILE_AMBIGUOUS',
      'ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles',
    )
  }
  return {
    main: 'local',
    mainTime: timeless,
    dockerfile: { name: 'Dockerfile', text: context.text },
    source: { view: emptyView },
  }
}

/** Files of a named context that is not a directory. */
async function openNamed(
  name: string,
  value: Exclude<ContextInput, string>,
  { request, remote }: { readonly request: BuildRequest; readonly remote: RemoteSources },
): Promise<TreeView> {
  if (!isStream(value)) return (await withoutIgnored(await memoryContext(value, request))).view
  const context = await readStreamedContext(value, remote)
  if (context.kind === 'tar') return context.files
  throw new BuildError('CONTEXT_NOT_FOUND', `context "${name}" is not a tar`)
}

/** Files of the caller, with their Dockerfile unless it is given. */
async function openFiles(
  files: TreeView,
  { dockerfile, rules }: { readonly dockerfile: BuildOptions['dockerfile']; readonly rules?: IgnoreFile },
  remote: RemoteSources,
): Promise<OpenedMain> {
  const file = (await givenDockerfile(dockerfile, remote)) ?? (await dockerfileIn(files, dockerfile))
  const { view, ...ignored } = rules ? filtered(files, rules) : await withoutIgnored(files, file.name)
  return { main: 'local', mainTime: timeless, dockerfile: file, source: { view }, ...ignored }
}

type FilteredFiles = Pick<OpenedContexts, 'ignore' | 'ignoreFile'> & { readonly view: TreeView }

/**
 * Files without those that their ignore file excludes: the Dockerfile's own, else `.dockerignore`.
 */
async function withoutIgnored(files: TreeView, dockerfile = 'Dockerfile'): Promise<FilteredFiles> {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readTextFile(files, name)
    if (text !== undefined) return filtered(files, { name, text })
  }
  return { view: files }
}

function filtered(files: TreeView, rules: IgnoreFile): FilteredFiles {
  const ignore = parseIgnoreFile(rules)
  return { view: keptFiles(files, ignore), ignore, ignoreFile: rules.name }
}

/**
 * Context from a stream: a tar is the context. Anything else is a Dockerfile, which replaces one
 * named by a path, and the only file of the context.
 */
async function openDownload(
  url: string,
  dockerfile: BuildOptions['dockerfile'],
  remote: RemoteSources,
): Promise<OpenedMain> {
  const op = { kind: 'http', url, filename: 'context' } as const
  const context = await readDownloadedContext(await remote.download(url), remote.store)
  const opened = { main: 'local', fetched: op, mainTime: () => remote.time(op) } as const
  if (context.kind === 'tar') {
    const file = (await givenDockerfile(dockerfile, remote)) ?? {
      ...(await dockerfileIn(context.files, dockerfile)),
      fetched: op,
    }
    return { ...opened, dockerfile: file, source: { view: context.files } }
  }
  const file = (await givenDockerfile(dockerfile, remote)) ?? { name: 'Dockerfile', text: context.text, fetched: op }
  return { ...opened, dockerfile: file, source: { view: await remote.files(op) } }
}

/** A directory, filtered by an ignore file where it has one. */
function openWithRules(
  directory: string,
  file: IgnoreFile | undefined,
): Pick<OpenedContexts, 'ignore' | 'ignoreFile'> & { readonly source: ContextSource } {
  if (file === undefined) return { source: { directory, ignores: () => false, mayContain: () => true } }
  const ignore = parseIgnoreFile(file)
  return {
    source: { directory, ignores: (path) => ignore.matches(path), mayContain: (path) => ignore.mayContain(path) },
    ignore,
    ignoreFile: file.name,
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isDirectory() === true
}

/** Absolute path of a directory that must exist. */
async function requireDirectory(text: string, cwd: string, purpose: string): Promise<string> {
  const path = resolve(cwd, text)
  if (await isDirectory(path)) return path
  const [scheme] = /^[\w-]+:\/\//.exec(text) ?? []
  if (scheme !== undefined) {
    throw new BuildError('CONTEXT_NOT_FOUND', `${purpose}: "${text}" has an unknown scheme`, {
      hint: `schemes are ${schemes.join(' ')}`,
      ...didYouMean(scheme, schemes),
    })
  }
  const [, bare, rest] = /^(docker-image|oci-layout):(?!\/\/)(.+)$/s.exec(text) ?? []
  if (bare !== undefined)
    throw new BuildError('CONTEXT_NOT_FOUND', `${purpose}: path "${text}" does not exist`, {
      hint: `did you mean ${bare}://${rest}?`,
      suggestion: `${bare}://${rest}`,
    })
  const problem = existsSync(path) ? 'is not a directory' : 'does not exist'
  throw new BuildError('CONTEXT_NOT_FOUND', `${purpose}: path "${shown(path, cwd)}" ${problem}`)
}

/** A Dockerfile that does not lie in the context: a text, or behind a URL. */
async function givenDockerfile(
  dockerfile: BuildOptions['dockerfile'],
  remote: RemoteSources,
): Promise<DockerfileSource | undefined> {
  if (typeof dockerfile === 'object') return { name: dockerfile.name ?? 'Dockerfile', text: dockerfile.text }
  if (dockerfile === undefined || !isHttpUrl(dockerfile)) return undefined
  const { open } = await remote.download(dockerfile)
  const text = Buffer.from(await readAll(open(), maximumDockerfile)).toString('utf8')
  return { name: 'Dockerfile', text, fetched: { kind: 'http', url: dockerfile, filename: 'Dockerfile' } }
}

/** The Dockerfile inside a context that is not a directory of the caller. */
async function dockerfileIn(files: TreeView, dockerfile: BuildOptions['dockerfile']): Promise<DockerfileSource> {
  const names = typeof dockerfile === 'string' ? [dockerfile] : dockerfileNames
  for (const name of names) {
    const text = await readTextFile(files, name)
    if (text !== undefined) return { name, text }
  }
  throw new BuildError('DOCKERFILE_NOT_FOUND', `failed to read dockerfile: no ${names.join(' or ')} in the context`, {
    hint: '-f is relative to the root of this context',
  })
}

/** URL of a context argument; undefined for a directory. */
function contextUrl(context: string): string | undefined {
  if (isHttpUrl(context) || isGitAddress(context)) return context
  return context.startsWith('github.com/') ? `https://${context.replace(/(\.git)?(?=$|[#?])/, '.git')}` : undefined
}
