import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bytes } from '@tsbuild/content'
import { type Descriptor, type Digest, hexOf, isDigest } from '@tsbuild/oci'
import {
  addArchive,
  decodeIndex,
  type Diff,
  emptyView,
  type FileContent,
  IndexWriter,
  type LocatedChange,
  type LocatedContent,
} from '@tsbuild/tree'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteFileUse } from '../../layer/disk/note-use.ts'
import { openSlice, readSlice } from '../../layer/stored/open-slice.ts'
import { writeFileAtomic } from '../../layer/disk/write-file.ts'
import { membersOfTar, storeTar } from './read-members.ts'
import { later } from './newest-file.ts'

/** Result of unpacking a tar as ADD would, into an empty directory. */
export interface UnpackedArchive {
  readonly files: Diff
  /** Time of the newest file, in seconds. Absent without files. */
  readonly newest?: number
}

/**
 * Unpacks a tar, which is kept in the store: files are read from there. `archive` is the digest it
 * has as it came, for `recallArchive`.
 */
export async function unpackArchive(store: LayerStore, plain: Bytes, archive?: Digest): Promise<UnpackedArchive> {
  const tar = await storeTar(store, plain)
  const members = await membersOfTar(store, tar)
  const newest = members.reduce((time: number | undefined, { entry }) => later(time, entry), undefined)
  const files = addArchive(emptyView, members, { destination: '/', time: newest ?? 0 })
  if (archive !== undefined) {
    await writeFileAtomic(indexPath(store, archive), encodeIndex(files), store.paths)
    const record = { digest: tar.digest, size: tar.size, newest }
    await writeFileAtomic(recordPath(store, archive), JSON.stringify(record), store.paths)
  }
  return { files, ...(newest !== undefined && { newest }) }
}

/** Earlier result for an archive. Undefined if the result or its tar no longer exists. */
export async function recallArchive(store: LayerStore, archive: Digest): Promise<UnpackedArchive | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(recordPath(store, archive), 'utf8'))
    if (typeof value !== 'object' || value === null || !('digest' in value) || !('size' in value)) return undefined
    const { digest, size } = value
    if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number') return undefined
    const tar: Descriptor = { mediaType: 'application/x-tar', digest, size }
    if (!(await store.blobs.has(tar))) return undefined
    for (const path of [recordPath(store, archive), indexPath(store, archive)]) await noteFileUse(path)
    const locate = async (): Promise<string> => store.blobs.pathOf(digest)
    const files = decodeIndex(await readFile(indexPath(store, archive)), {
      open: (place) => openSlice(locate, place),
      readAt: (start, length) => readSlice(locate, start, length),
    })
    return { files, ...('newest' in value && typeof value.newest === 'number' && { newest: value.newest }) }
  } catch {
    return undefined
  }
}

function recordPath(store: LayerStore, archive: Digest): string {
  return join(store.paths.sources, `archive-${hexOf(archive).slice(0, 32)}.json`)
}

function indexPath(store: LayerStore, archive: Digest): string {
  return join(store.paths.sources, `archive-${hexOf(archive).slice(0, 32)}.index`)
}

function encodeIndex(files: Diff): Uint8Array {
  const index = new IndexWriter()
  for (const [path, change] of files) index.add({ path, change: located(change) })
  return index.bytes()
}

/** Contents of an archive know where they lie in its tar. */
function located(change: ReturnType<Diff['get']> & object): LocatedChange['change'] {
  if (change.type !== 'set') return change
  const { entry } = change
  if (entry.type !== 'file') return { ...change, entry }
  if (!isLocated(entry.content)) throw new Error('a file of an archive has no place in its tar')
  return { ...change, entry: { ...entry, content: entry.content } }
}

function isLocated(content: FileContent): content is FileContent & LocatedContent {
  return content.digest !== undefined && 'offset' in content && typeof content.offset === 'number'
}
