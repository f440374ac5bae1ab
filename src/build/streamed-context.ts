import { type Bytes, decompress, sniffCompression } from '@tsbuild/content'
import type { TreeView } from '@tsbuild/tree'
import { emptyView } from '@tsbuild/tree'
import { BuildError } from './build-error.ts'

/** What came in as a stream: a tar with everything, or only the text of a Dockerfile. */
export type StreamedContext = { readonly kind: 'tar'; readonly files: TreeView } | { readonly kind: 'dockerfile'; readonly text: string; readonly files: TreeView }

const maximumDockerfile = 8 << 20

/** Reads a context from a stream: a tar, which may be compressed by gzip or zstd, else a Dockerfile with an empty context. */
export async function readStreamedContext(stream: Bytes, tools: { tar(bytes: Bytes): Promise<TreeView> }): Promise<StreamedContext> {
  const { head, all } = await peek(stream, 6)
  const plain = await peek(decompress(all, sniffCompression(head)), 512)
  if (isTarHeader(plain.head)) return { kind: 'tar', files: await tools.tar(plain.all) }
  return { kind: 'dockerfile', text: await readText(plain.all), files: emptyView }
}

/** Reads at least `size` bytes, where there are so many, and gives them and the whole stream. */
async function peek(stream: Bytes, size: number): Promise<{ readonly head: Uint8Array; readonly all: Bytes }> {
  const iterator = stream[Symbol.asyncIterator]()
  const chunks: Uint8Array[] = []
  for (let length = 0; length < size; ) {
    const { done, value } = await iterator.next()
    if (done) break
    chunks.push(value)
    length += value.length
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* chunks
    yield* { [Symbol.asyncIterator]: () => iterator }
  }
  return { head: Buffer.concat(chunks), all: all() }
}

/** A tar starts with a header whose checksum fits (POSIX ustar: the sum of all bytes, those of the checksum taken as blanks). */
function isTarHeader(block: Uint8Array): boolean {
  if (block.length < 512) return false
  const told = Number.parseInt(Buffer.from(block.subarray(148, 156)).toString('latin1').replace(/\0.*$/s, '').trim(), 8)
  const sum = block.subarray(0, 512).reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
  return told === sum
}

async function readText(stream: Bytes): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of stream) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maximumDockerfile) throw new BuildError('DOCKERFILE_TOO_LARGE', `The Dockerfile on standard input has more than ${maximumDockerfile} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
