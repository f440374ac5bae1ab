import { readTar } from '@tsbuild/tar'
import type { ArchiveMember } from './add-archive.ts'
import { digestOfStream } from '../model/content-hash.ts'
import type { OpenAt } from '../tar/decode-index.ts'
import type { LocatedContent } from '../model/entry.ts'

/**
 * The members of an archive for `addArchive`, with digests. Their contents are read through
 * `openAt` on demand. Each has its place in the archive, so that the result can be indexed.
 */
export async function readArchive(tar: AsyncIterable<Uint8Array>, openAt: OpenAt): Promise<readonly ArchiveMember[]> {
  const members: ArchiveMember[] = []
  for await (const { entry, offset, stored, body } of readTar(tar)) {
    if (entry.type !== 'file') {
      members.push({ entry })
      continue
    }
    const place: LocatedContent = {
      size: entry.size,
      digest: await digestOfStream(body),
      offset,
      ...(stored && { stored }),
    }
    members.push({ entry, content: { ...place, open: () => openAt(place) } })
  }
  return members
}
