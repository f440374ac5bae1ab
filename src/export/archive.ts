import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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
export function writeArchive(options: ArchiveOptions): AsyncIterable<Uint8Array> {
  const archive = pack()
  const output = new PassThrough()
  const failed = (error: unknown): void => {
    output.destroy(error instanceof Error ? error : new Error(String(error)))
    archive.destroy()
  }
  pipeline(archive, output).catch(failed)
  fill(archive, options).then(() => archive.finalize(), failed)
  return output
}

async function fill(archive: Pack, { roots, content, documents, signal, epoch = 0, onProgress }: ArchiveOptions): Promise<void> {
  const mtime = new Date(epoch * 1000)
  for (const name of ['blobs/', 'blobs/sha256/']) archive.entry({ name, type: 'directory', mode: 0o755, mtime })
  for (const descriptor of await reachable(roots, content)) {
    const header = { name: `blobs/${descriptor.digest.replace(':', '/')}`, size: descriptor.size, mode: 0o644, mtime }
    const { promise: stored, resolve, reject } = Promise.withResolvers<void>()
    const entry = archive.entry(header, (error) => (error ? reject(error) : resolve()))
    // Awaited below; until then a failure of another part of the archive is the one to tell.
    stored.catch(() => {})
    let sent = 0
    for await (const chunk of await content.open(descriptor, signal)) {
      if (!entry.write(chunk)) await Promise.race([once(entry, 'drain'), stored])
      sent += chunk.length
      onProgress(descriptor, sent)
    }
    entry.end(new Uint8Array())
    await stored
  }
  for (const { path, value } of documents) archive.entry({ name: path, mode: 0o644, mtime }, canonicalJson(value))
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
