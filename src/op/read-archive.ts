import type { Bytes } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import { readTar } from '@tsbuild/tar'
import type { ArchiveMember, FileContent } from '@tsbuild/tree'
import { createHash } from 'node:crypto'
import type { LayerStore } from '../layer/layer-store.ts'
import { openSlice } from '../layer/open-slice.ts'
import { sniffArchive } from './sniff-archive.ts'

/** The members of the archive a file is; undefined when it is none. The plain tar is kept in the store, and files are read from there. */
export async function readArchive(store: LayerStore, content: FileContent): Promise<readonly ArchiveMember[] | undefined> {
  const { isTar, plain } = await sniffArchive(content.open())
  if (!isTar) return undefined
  const { digest, size } = await store.blobs.ingest(plain)
  const members: ArchiveMember[] = []
  for await (const { entry, offset, body } of readTar(await store.blobs.open({ mediaType: 'application/x-tar', digest, size }))) {
    if (entry.type !== 'file') {
      members.push({ entry })
      continue
    }
    const slice = { offset, size: entry.size, digest: await digestOfStream(body) }
    const open = (): Bytes => openSlice(async () => store.blobs.pathOf(digest), slice)
    members.push({ entry, content: { size: slice.size, digest: slice.digest, open } })
  }
  return members
}

async function digestOfStream(stream: Bytes): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const chunk of stream) hash.update(chunk)
  return `sha256:${hash.digest('hex')}`
}
