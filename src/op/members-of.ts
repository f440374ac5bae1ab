import type { Bytes } from '@tsbuild/content'
import { type ArchiveMember, type FileContent, readArchive } from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import { openSlice } from '../layer/open-slice.ts'
import { sniffArchive } from './sniff-archive.ts'

/** The members of the archive a file is; undefined when it is none. */
export async function membersOf(store: LayerStore, content: FileContent): Promise<readonly ArchiveMember[] | undefined> {
  const { isTar, plain } = await sniffArchive(content.open())
  if (isTar) return membersOfTar(store, plain)
  await plain[Symbol.asyncIterator]().return?.()
  return undefined
}

/** The members of a tar. It is kept in the store, and files are read from there. */
export async function membersOfTar(store: LayerStore, tar: Bytes): Promise<readonly ArchiveMember[]> {
  const blob = { mediaType: 'application/x-tar', ...(await store.blobs.ingest(tar)) }
  const path = store.blobs.pathOf(blob.digest)
  return readArchive(await store.blobs.open(blob), (offset, size, digest) => openSlice(async () => path, { offset, size, digest }))
}
