import { type Bytes, readAll } from '@tsbuild/content'
import { layeredView, type TreeView } from '@tsbuild/tree'
import type { LayerStore } from '../layer/layer-store.ts'
import { sniffArchive } from '../op/archives/sniff-archive.ts'
import { recallArchive, unpackArchive, type UnpackedArchive } from '../op/archives/unpacked-archive.ts'
import type { Downloaded } from './remote-sources.ts'

/** Content of a stream: a tar with all files, or only the text of a Dockerfile. */
export type StreamedContext =
  /** `newest` is the time of the newest file, in seconds. */
  | { readonly kind: 'tar'; readonly files: TreeView; readonly newest?: number }
  | { readonly kind: 'dockerfile'; readonly text: string }

/** Dockerfiles are text; what is longer is something else. */
export const maximumDockerfile: number = 8 << 20

/**
 * Reads a context from a stream: a tar, which may be compressed and is unpacked as ADD would,
 * owners included; else a Dockerfile.
 */
export async function readStreamedContext(
  stream: Bytes,
  { store, digest }: { readonly store: LayerStore; readonly digest?: Downloaded['digest'] },
): Promise<StreamedContext> {
  const { isTar, plain } = await sniffArchive(stream)
  if (isTar) return tarContext(await unpackArchive(store, plain, digest))
  return { kind: 'dockerfile', text: Buffer.from(await readAll(plain, maximumDockerfile)).toString('utf8') }
}

/** Reads a context from a download. An archive that was unpacked before is not read again. */
export async function readDownloadedContext({ digest, open }: Downloaded, store: LayerStore): Promise<StreamedContext> {
  const known = await recallArchive(store, digest)
  return known ? tarContext(known) : readStreamedContext(open(), { store, digest })
}

function tarContext({ files, ...rest }: UnpackedArchive): StreamedContext {
  return { kind: 'tar', files: layeredView([files]), ...rest }
}
