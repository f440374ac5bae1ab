import { type ContentSource, successors } from '@tsbuild/content'
import { canonicalJson, type Descriptor, isIndexType, isManifestType } from '@tsbuild/oci'
import { pack, type Pack } from 'tar-stream'

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
  onProgress(descriptor: Descriptor, done: number): void
}

/** Streams a tar of an OCI image layout: all blobs reachable from `roots` in digest order, then the documents. */
export async function* writeArchive(options: ArchiveOptions): AsyncGenerator<Uint8Array> {
  const archive = pack()
  const written = fill(archive, options).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  try {
    for await (const chunk of archive) yield chunk
    await written
  } finally {
    archive.destroy()
  }
}

async function fill(archive: Pack, options: ArchiveOptions): Promise<void> {
  const { content, documents, signal, epoch = 0, onProgress } = options
  const mtime = new Date(epoch * 1000)
  const blobs = await reachable(options.roots, content)
  for (const name of ['blobs/', 'blobs/sha256/']) await finished((done) => archive.entry({ name, type: 'directory', mode: 0o755, mtime }, done))
  for (const descriptor of blobs) {
    const name = `blobs/${descriptor.digest.replace(':', '/')}`
    const stored = finished((done) => {
      const entry = archive.entry({ name, size: descriptor.size, mode: 0o644, mtime }, done)
      const send = async (): Promise<void> => {
        let sent = 0
        for await (const chunk of await content.open(descriptor, signal)) {
          if (!entry.write(chunk)) await new Promise((resolve) => entry.once('drain', resolve))
          sent += chunk.length
          onProgress(descriptor, sent)
        }
        entry.end()
      }
      send().catch((error: unknown) => entry.destroy(error instanceof Error ? error : new Error(String(error))))
    })
    await stored
  }
  for (const { path, value } of documents) {
    await finished((done) => archive.entry({ name: path, mode: 0o644, mtime }, canonicalJson(value), done))
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

function finished(start: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
}
