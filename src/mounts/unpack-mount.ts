import { closeSync, linkSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BlobDirectory, fetchAll } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { encodeName } from '@tsbuild/tar'
import { hostPath, laterChange, setTimes } from '@tsbuild/tree'
import { decodeMount, type MountEntry, mountLimits, type MountManifest } from './mount-manifest.ts'
import { probePath, writeMark } from './mount-mark.ts'
import type { MountOwners } from './mount-owners.ts'
import { PackReader } from './pack-reader.ts'
import { latestChange, scanMount } from './scan-mount.ts'

/** A mount to make. */
export interface UnpackRequest {
  /** Path that the mount gets; it does not exist yet. */
  readonly directory: string
  /** Path on the same file system to work at; removed if that fails. */
  readonly draft: string
  /** Have the manifest and all packs. */
  readonly blobs: BlobDirectory
  readonly manifest: Descriptor
  readonly owners: MountOwners
  readonly signal: AbortSignal
}

/** Share of the free bytes of a disk that a mount may take. */
const freeShare = 0.5
const hourMs = 3_600_000

/**
 * Makes a directory as a manifest has it: contents, owners, modes and times. Every chunk is
 * verified. Throws for a manifest or packs that are wrong, and leaves nothing then.
 */
export async function unpackMount(request: UnpackRequest): Promise<void> {
  const { directory, draft, blobs, manifest: descriptor, owners, signal } = request
  const manifest = await decodeMount(await fetchAll(blobs, descriptor, mountLimits.encoded))
  await checkSpace(manifest, dirname(draft))
  try {
    await mkdir(draft)
    await writeEntries(manifest, request)
    const time = latestChange(await scanMount(draft, owners, signal))
    await laterChange(probePath(directory), time)
    await rename(draft, directory)
    // The new name is a change of the directory alone, which has no content.
    writeMark(directory, { manifest: descriptor.digest, time })
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** A chunk may be in many files: a small cache must not fill the disk. */
async function checkSpace({ packs, entries }: MountManifest, parent: string): Promise<void> {
  const sizes = packs.flatMap(({ chunks }) => chunks.map(({ size }) => size))
  let total = 0
  for (const entry of entries) if (entry.type === 'file') for (const chunk of entry.chunks) total += sizes[chunk] ?? 0
  const { bavail, bsize } = await statfs(parent)
  if (total > freeShare * bavail * bsize)
    throw new RangeError(`its files have ${total} bytes, and the disk has ${bavail * bsize} left`)
}

async function writeEntries({ packs, entries }: MountManifest, request: UnpackRequest): Promise<void> {
  const { draft, blobs, owners, signal } = request
  using reader = new PackReader(packs, blobs)
  const directories: Extract<MountEntry, { type: 'directory' }>[] = []
  for (const entry of entries) {
    signal.throwIfAborted()
    const host = hostPath(draft, entry.path)
    switch (entry.type) {
      case 'directory':
        if (entry.path !== '') mkdirSync(host, { mode: 0o700 })
        directories.push(entry)
        break
      case 'file':
        await writeFile(host, entry.chunks, reader)
        owners.write(host, entry, entry.type)
        setTimes(host, { access: BigInt(entry.used * hourMs) * 1_000_000n, change: entry.mtime })
        break
      case 'symlink':
        symlinkSync(encodeName(entry.target), host)
        owners.write(host, entry, entry.type)
        setTimes(host, { access: entry.mtime, change: entry.mtime })
        break
      case 'hardlink':
        linkSync(hostPath(draft, entry.target), host)
    }
  }
  // Last, and the inner ones first: a mode may forbid writing, and writing changes the time.
  for (const entry of directories.reverse()) {
    const host = hostPath(draft, entry.path)
    owners.write(host, entry, entry.type)
    setTimes(host, { access: entry.mtime, change: entry.mtime })
  }
}

async function writeFile(
  path: ReturnType<typeof hostPath>,
  chunks: readonly number[],
  reader: PackReader,
): Promise<void> {
  const fd = openSync(path, 'wx', 0o600)
  try {
    for (const number of chunks) {
      const content = await reader.read(number)
      for (let at = 0; at < content.length; ) at += writeSync(fd, content, at)
    }
  } finally {
    closeSync(fd)
  }
}
