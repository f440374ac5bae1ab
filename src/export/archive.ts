import { type Bytes, type ContentSource, oneChunk, successors } from '@tsbuild/content'
import {
  algorithmOf,
  canonicalJson,
  type Descriptor,
  type DigestAlgorithm,
  isIndexType,
  isManifestType,
} from '@tsbuild/oci'
import { type TarEntry, type TarInput, writeTar } from '@tsbuild/tar'

/** One file of an archive that is made in memory. */
export interface ArchiveDocument {
  readonly path: string
  readonly value: unknown
}

export interface ArchiveOptions {
  readonly roots: readonly Descriptor[]
  readonly content: ContentSource
  readonly documents: readonly ArchiveDocument[]
  /** Seconds; the date of every entry. Default 0, so that equal images give equal archives. */
  readonly epoch?: number
  readonly signal: AbortSignal
  onProgress(descriptor: Descriptor, done: number): unknown
}

/** Its directory is part of a layout even without blobs. */
const usualAlgorithm: DigestAlgorithm = 'sha256'

/**
 * Streams a tar of an OCI image layout: all blobs reachable from `roots` in digest order, then the
 * documents.
 */
export function writeArchive(options: ArchiveOptions): Bytes {
  return writeTar(entriesOf(options))
}

async function* entriesOf({
  roots,
  content,
  documents,
  signal,
  epoch = 0,
  onProgress,
}: ArchiveOptions): AsyncGenerator<TarInput> {
  const metadata = { uid: 0, gid: 0, mtime: epoch }
  const descriptors = await reachable(roots, content)
  const algorithms = [...new Set([usualAlgorithm, ...descriptors.map(({ digest }) => algorithmOf(digest))])]
  for (const path of ['blobs', ...algorithms.map((name) => `blobs/${name}`)])
    yield { entry: { ...metadata, type: 'directory', path, mode: 0o755 } }
  const file = (path: string, size: number): TarEntry => ({ ...metadata, type: 'file', path, mode: 0o644, size })
  for (const descriptor of descriptors) {
    const body = await content.open(descriptor, signal)
    const entry = file(`blobs/${descriptor.digest.replace(':', '/')}`, descriptor.size)
    yield { entry, body: counted(body, (sent) => onProgress(descriptor, sent)) }
  }
  for (const { path, value } of documents) {
    const bytes = Buffer.from(canonicalJson(value))
    yield { entry: file(path, bytes.length), body: oneChunk(bytes) }
  }
}

async function* counted(bytes: Bytes, onProgress: (sent: number) => unknown): AsyncGenerator<Uint8Array> {
  let sent = 0
  for await (const chunk of bytes) {
    // A consumer that frees the chunk empties it.
    const { length } = chunk
    yield chunk
    sent += length
    await onProgress(sent)
  }
}

/** All descriptors from `roots` down, each once, in digest order. */
async function reachable(roots: readonly Descriptor[], content: ContentSource): Promise<readonly Descriptor[]> {
  const found = new Map(roots.map((root) => [root.digest, root]))
  const visit = async (node: Descriptor): Promise<void> => {
    if (!isManifestType(node.mediaType) && !isIndexType(node.mediaType)) return
    for (const child of await successors(content, node)) {
      if (found.has(child.digest)) continue
      found.set(child.digest, child)
      await visit(child)
    }
  }
  for (const root of roots) await visit(root)
  return [...found.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))
}
