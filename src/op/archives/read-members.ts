import type { Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { type ArchiveMember, type FileContent, readArchive } from '@tsbuild/tree'
import type { LayerStore } from '../../layer/layer-store.ts'
import { openSlice } from '../../layer/stored/open-slice.ts'
import { sniffArchive } from './sniff-archive.ts'

/** Members of an archive file. Undefined for other files. */
export async function readMembers(
  store: LayerStore,
  content: FileContent,
): Promise<readonly ArchiveMember[] | undefined> {
  const { isTar, plain } = await sniffArchive(content.open())
  if (isTar) return membersOfTar(store, await storeTar(store, plain))
  await plain[Symbol.asyncIterator]().return?.()
  return undefined
}

/** Keeps a tar in the store, for files to be read from. */
export async function storeTar(store: LayerStore, tar: Bytes): Promise<Descriptor> {
  return { mediaType: 'application/x-tar', ...(await store.blobs.ingest(tar)) }
}

/** The members of a tar that is in the store. */
export async function membersOfTar(store: LayerStore, tar: Descriptor): Promise<readonly ArchiveMember[]> {
  const path = store.blobs.pathOf(tar.digest)
  return readArchive(await store.blobs.open(tar), (place) => openSlice(async () => path, place))
}
