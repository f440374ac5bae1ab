import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { didYouMean } from '@tsbuild/dockerfile'
import { isGitAddress, isHttpUrl } from '../../frontend/sources/git-url.ts'
import type { BuildOptions } from '../../options.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** Dockerfiles are text; what is longer than this is something else. */
const dockerfileLimit = 8 << 20

/**
 * The context and the Dockerfile of a call. `-` as the context is a tar or a Dockerfile on standard
 * input, `-` as the file is a Dockerfile there. A Dockerfile's path starts at the working directory
 * for a local context and at the root of any other, unless it is a URL, or absolute and the context
 * is fetched; `peerFile`, kaniko's, may start at the context too. Throws `UsageError` for a path
 * that is not a directory.
 */
export async function readContext(
  request: { readonly context: string; readonly file?: string; readonly peerFile?: string },
  { stdin, cwd }: Pick<Invocation, 'stdin' | 'cwd'>,
): Promise<Pick<BuildOptions, 'context' | 'dockerfile'>> {
  const { file, peerFile } = request
  const address = withoutScheme(request.context)
  if (address === '-' && file === '-')
    throw new UsageError('the context and the Dockerfile cannot both be read from standard input')
  const local = address !== '-' && !isRemote(address, cwd)
  const context = address === '-' ? stdin : local ? resolveDirectory(resolve(cwd, address), address) : address
  if (file === '-') return { context, dockerfile: { text: await readText(stdin), name: 'Dockerfile' } }
  const path = file ?? peerFile
  if (path === undefined) return { context }
  if (!local || isHttpUrl(path)) return { context, dockerfile: path }
  const beside = resolve(cwd, path)
  const inContext = file === undefined && statSync(beside, { throwIfNoEntry: false }) === undefined
  return { context, dockerfile: inContext ? resolve(cwd, address, path) : beside }
}

/** True for what is fetched, by git or HTTP; a directory that is called so comes first. */
export function isRemote(text: string, cwd: string): boolean {
  if (!isHttpUrl(text) && !isGitAddress(text) && !text.startsWith('github.com/')) return false
  return statSync(resolve(cwd, text), { throwIfNoEntry: false })?.isDirectory() !== true
}

/** kaniko's spellings of what needs none here. */
function withoutScheme(text: string): string {
  if (text === 'tar://stdin') return '-'
  return text.startsWith('dir://') ? text.slice('dir://'.length) : text
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > dockerfileLimit)
      throw new UsageError(`the Dockerfile on standard input has more than ${dockerfileLimit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function resolveDirectory(path: string, text: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return path
  const problem = stats === undefined ? 'does not exist' : 'is not a directory'
  throw new UsageError(`context "${text}" ${problem}`, {
    hint: 'pass the directory to build from as the last argument: tsbuild -t app .',
    ...(stats ? {} : didYouMean(text, directoriesBeside(path, text))),
  })
}

/** Directories beside a path that is not there, spelt like it. */
function directoriesBeside(path: string, text: string): readonly string[] {
  try {
    const names = readdirSync(dirname(path), { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return names.map(({ name }) => `${text.slice(0, text.length - basename(text).length)}${name}`)
  } catch {
    return []
  }
}
