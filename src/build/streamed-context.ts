import { type Bytes, readAll } from '@tsbuild/content'
import { addArchive, emptyView, layeredView, type TreeView } from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import { membersOfTar } from '../op/members-of.ts'
import { later } from '../op/newest-file.ts'
import { sniffArchive } from '../op/sniff-archive.ts'

/** What came in as a stream: a tar with everything, or only the text of a Dockerfile. */
export type StreamedContext =
  /** `newest` is the time of the newest file, in seconds. */
  { readonly kind: 'tar'; readonly files: TreeView; readonly newest?: number } | { readonly kind: 'dockerfile'; readonly text: string }

/** Dockerfiles are text; what is longer is something else. */
export const maximumDockerfile: number = 8 << 20

/** Reads a context from a stream: a tar, which may be compressed and is unpacked as ADD would, owners included; else a Dockerfile. */
export async function readStreamedContext(stream: Bytes, store: LayerStore): Promise<StreamedContext> {
  const { isTar, plain } = await sniffArchive(stream)
  if (!isTar) return { kind: 'dockerfile', text: Buffer.from(await readAll(plain, maximumDockerfile)).toString('utf8') }
  const members = await membersOfTar(store, plain)
  const newest = members.reduce((time: number | undefined, { entry }) => later(time, entry), undefined)
  const files = layeredView([addArchive(emptyView, members, { destination: '/', time: newest ?? 0 })])
  return { kind: 'tar', files, ...(newest === undefined ? {} : { newest }) }
}
