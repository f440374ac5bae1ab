import { type ArchiveMember, type FileContent, readArchive } from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import { openSlice } from '../layer/open-slice.ts'
import { sniffArchive } from './sniff-archive.ts'

/** The members of the archive a file is; undefined when it is none. The plain tar is kept in the store, and files are read from there. */
export async function membersOf(store: LayerStore, content: FileContent): Promise<readonly ArchiveMember[] | undefined> {
  const { isTar, plain } = await sniffArchive(content.open())
  if (!isTar) {
    await plain[Symbol.asyncIterator]().return?.()
    return undefined
  }
  const blob = { mediaType: 'application/x-tar', ...(await store.blobs.ingest(plain)) }
  const path = store.blobs.pathOf(blob.digest)
  return readArchive(await store.blobs.open(blob), (offset, size, digest) => openSlice(async () => path, { offset, size, digest }))
}
