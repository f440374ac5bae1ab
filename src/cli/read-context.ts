import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { BuildOptions } from '../options.ts'
import type { Invocation } from './invocation.ts'
import { isArchive } from './is-archive.ts'
import { UsageError } from './usage-error.ts'

/** Where a build reads from: the two fields of `BuildOptions` that belong together. */
export type Source = Pick<BuildOptions, 'context' | 'dockerfile'>

/** Dockerfiles are text; what is longer than this is something else. */
const dockerfileLimit = 16 * 1024 * 1024

/**
 * The context and the Dockerfile of a call. `-` as the context is a tar or a Dockerfile on standard input, `-` as the file is a
 * Dockerfile there. A Dockerfile's path starts at the working directory for a local context and at the context's root for any
 * other. Throws `UsageError` for a directory that is none.
 */
export async function readSource(
  request: { readonly context: string; readonly file?: string; readonly peerFile?: string },
  { stdin, cwd }: Pick<Invocation, 'stdin' | 'cwd'>,
): Promise<Source> {
  const { file, peerFile } = request
  const context = withoutScheme(request.context)
  if (context === '-') {
    if (file === '-') throw new UsageError('The context and the Dockerfile cannot both be read from standard input')
    return readStandardInput(stdin, file ?? peerFile)
  }
  const remote = isRemote(context)
  const directory = remote ? context : directoryOf(resolve(cwd, context), context)
  if (file === '-') return { context: directory, dockerfile: { text: await readText(stdin), name: 'Dockerfile' } }
  if (file !== undefined) return { context: directory, dockerfile: remote || isRemote(file) ? file : existing(resolve(cwd, file), file) }
  if (peerFile === undefined) return { context: directory }
  // kaniko looks beside the working directory first, then in the context.
  const beside = resolve(cwd, peerFile)
  return { context: directory, dockerfile: remote ? peerFile : isFile(beside) ? beside : existing(resolve(directory, peerFile), peerFile) }
}

/** True for a context that is fetched: git or HTTP. */
export function isRemote(text: string): boolean {
  return /^(https?|git|ssh):\/\//.test(text) || /^git@[\w.-]+:/.test(text) || /^github\.com\//.test(text)
}

/** kaniko's spellings of what needs none here. */
function withoutScheme(text: string): string {
  if (text === 'tar://stdin') return '-'
  return text.startsWith('dir://') ? text.slice('dir://'.length) : text
}

async function readStandardInput(stdin: AsyncIterable<Uint8Array>, file: string | undefined): Promise<Source> {
  const { head, all } = await peek(stdin, 512)
  if (head.length === 0) throw new UsageError('Standard input is empty: expected a tar of the context, or a Dockerfile')
  if (isArchive(head)) return { context: all, ...(file === undefined ? {} : { dockerfile: file }) }
  if (file !== undefined) throw new UsageError(`Standard input is no tar, so it has no Dockerfile "${file}"`)
  return { context: emptyArchive(), dockerfile: { text: await readText(all), name: 'Dockerfile' } }
}

/** The first bytes of a stream, at least `size` where it has that many, and a stream of all of it. */
async function peek(stream: AsyncIterable<Uint8Array>, size: number): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = stream[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  let length = 0
  while (length < size) {
    const next = await iterator.next()
    if (next.done) break
    chunks.push(next.value)
    length += next.value.length
  }
  const head = Buffer.concat(chunks)
  const all = (async function* () {
    if (head.length > 0) yield head
    yield* { [Symbol.asyncIterator]: () => iterator }
  })()
  return { head, all }
}

async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    if (length > dockerfileLimit) throw new UsageError(`The Dockerfile on standard input is longer than ${dockerfileLimit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function* emptyArchive(): AsyncIterable<Uint8Array> {
  yield new Uint8Array(1024)
}

function directoryOf(path: string, text: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return path
  throw new UsageError(`The context "${text}" is ${stats === undefined ? 'not there' : 'not a directory'}`, {
    hint: 'the last argument is the directory to build from: tsbuild -t app .',
  })
}

function existing(path: string, text: string): string {
  if (isFile(path)) return path
  throw new UsageError(`The Dockerfile "${text}" is not there`, { hint: '--file starts at the working directory, not at the context' })
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false
}
