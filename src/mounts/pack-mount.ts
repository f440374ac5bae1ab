import { type BlobDirectory, cutChunks, oneChunk } from '@tsbuild/content'
import { type Digest, digestOf } from '@tsbuild/oci'
import { laterChange } from '@tsbuild/tree'
import { type Contents, describeEntries, type FileChunk } from './describe-entries.ts'
import { findLeastRecent } from './least-recent.ts'
import { encodeMount, mountLimits, type MountManifest, type MountPack } from './mount-manifest.ts'
import { probePath, readMark, writeMark } from './mount-mark.ts'
import type { MountOwners } from './mount-owners.ts'
import { planPacks } from './plan-packs.ts'
import { readPieces, readUnchanged } from './read-unchanged.ts'
import { latestChange, type ScannedFile, scanMount } from './scan-mount.ts'
import { writePacks } from './write-packs.ts'

/** A mount to pack. */
export interface PackRequest {
  readonly directory: string
  /** Takes the manifest and the new packs. */
  readonly blobs: BlobDirectory
  readonly owners: Pick<MountOwners, 'read'>
  /** State of the cache that is written; its packs are all there. */
  readonly previous?: { readonly digest: Digest; readonly manifest: MountManifest }
  /** Bytes of files; those used longest ago are left out. */
  readonly maxSize: number
  readonly signal: AbortSignal
}

/** A packed mount. */
export interface PackedMount {
  readonly manifest: { readonly digest: Digest; readonly size: number }
  /** All packs of the manifest; only new ones are in the blobs. */
  readonly packs: readonly Omit<MountPack, 'chunks'>[]
  /** Files that were left out for their size. */
  readonly dropped: number
}

/**
 * Describes the files of a directory by chunks and packs those that the cache lacks. Files that
 * change meanwhile are left out.
 */
export async function packMount(request: PackRequest): Promise<PackedMount> {
  const { directory, blobs, owners, previous, maxSize, signal } = request
  const scanned = await scanMount(directory, owners, signal)
  const time = latestChange(scanned)
  await laterChange(probePath(directory), time)
  const files = scanned.filter((entry) => entry.type === 'file')
  const dropped = findLeastRecent(files, { size: maxSize, count: mountLimits.entries / 2 })
  const contents = await chunkFiles(
    files.filter((file) => !dropped.has(file)),
    request,
  )
  const live = new Set([...contents.values()].flatMap((chunks) => chunks.map(({ digest }) => digest)))
  const kept = planPacks(previous?.manifest.packs ?? [], live)
  const stored = new Set(kept.flatMap(({ chunks }) => chunks.map(({ digest }) => digest)))
  const missing = new Set([...live].filter((digest) => !stored.has(digest)))
  const packs = [...kept, ...(await writePacks(readMissing(contents, missing, directory), blobs, signal))]
  const manifest = { packs, entries: describeEntries(scanned, contents, packs) }
  const written = await blobs.ingest(oneChunk(await encodeMount(manifest)), signal)
  writeMark(directory, { manifest: written.digest, time })
  return { manifest: written, packs: packs.map(({ digest, size }) => ({ digest, size })), dropped: dropped.size }
}

/** Chunks of the files that are still what they were. Files are read if the mark knows nothing. */
async function chunkFiles(
  files: readonly ScannedFile[],
  { directory, previous, signal }: PackRequest,
): Promise<Contents> {
  const known = knownFiles(directory, previous)
  const contents = new Map<ScannedFile, readonly FileChunk[]>()
  for (const file of files) {
    signal.throwIfAborted()
    const chunks =
      known(file) ?? (await readUnchanged(directory, file, (read) => nameChunks(readPieces(read, file.size))))
    if (chunks !== undefined) contents.set(file, chunks)
  }
  return contents
}

/** Chunks of the files that have not changed since an earlier manifest. */
function knownFiles(
  directory: string,
  previous: PackRequest['previous'],
): (file: ScannedFile) => readonly FileChunk[] | undefined {
  const mark = readMark(directory)
  if (previous === undefined || mark?.manifest !== previous.digest) return () => undefined
  const { packs, entries } = previous.manifest
  const chunks = packs.flatMap((pack) => pack.chunks)
  const files = new Map(entries.flatMap((entry) => (entry.type === 'file' ? [[entry.path, entry] as const] : [])))
  return ({ path, stat, size }) => {
    const entry = files.get(path)
    if (entry === undefined || stat.ctimeNs > mark.time || stat.mtimeNs !== entry.mtime) return undefined
    const found = entry.chunks.flatMap((number) => chunks[number] ?? [])
    return found.reduce((sum, chunk) => sum + chunk.size, 0) === size ? found : undefined
  }
}

async function nameChunks(pieces: AsyncIterable<Uint8Array>): Promise<readonly FileChunk[]> {
  const chunks: FileChunk[] = []
  for await (const chunk of cutChunks(pieces)) chunks.push({ digest: digestOf(chunk), size: chunk.length })
  return chunks
}

/** Reads each missing chunk once. What has changed by now is skipped. */
async function* readMissing(
  contents: Contents,
  missing: Set<Digest>,
  directory: string,
): AsyncGenerator<{ readonly digest: Digest; readonly content: Buffer }, void, undefined> {
  for (const [file, chunks] of contents) {
    let offset = 0
    for (const { digest, size } of chunks) {
      const start = offset
      offset += size
      if (!missing.has(digest)) continue
      const content = await readUnchanged(directory, file, async (read) => read(start, size))
      if (content === undefined || digestOf(content) !== digest) continue
      missing.delete(digest)
      yield { digest, content }
    }
  }
}
