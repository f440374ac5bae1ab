import { type Bytes, readAll } from '@tsbuild/content'
import { emptyView, type TreeView } from '@tsbuild/tree'
import { sniffArchive } from '../op/sniff-archive.ts'

/** What came in as a stream: a tar with everything, or only the text of a Dockerfile. */
export type StreamedContext =
  | { readonly kind: 'tar'; readonly files: TreeView }
  | { readonly kind: 'dockerfile'; readonly text: string; readonly files: TreeView }

const maximumDockerfile = 8 << 20

/** Reads a context from a stream: a tar, which may be compressed, else a Dockerfile with an empty context. */
export async function readStreamedContext(stream: Bytes, tools: { tar(bytes: Bytes): Promise<TreeView> }): Promise<StreamedContext> {
  const { isTar, plain } = await sniffArchive(stream)
  if (isTar) return { kind: 'tar', files: await tools.tar(plain) }
  return { kind: 'dockerfile', text: Buffer.from(await readAll(plain, maximumDockerfile)).toString('utf8'), files: emptyView }
}
