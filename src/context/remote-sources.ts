import { createReadStream } from 'node:fs'
import type { Bytes } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { TreeView } from '@tsbuild/tree'
import type { GitOp, HttpOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { snapshotView } from '../layer/snapshot-view.ts'
import { gitExecutor } from '../op/git/git.ts'
import type { GitAccess } from '../op/git/git-remote.ts'
import { type GitSource, gitSource } from '../op/git/git-source.ts'
import { httpExecutor } from '../op/http/http.ts'
import { type HttpAccess, type HttpSource, httpSource } from '../op/http/http-source.ts'
import { newestFile } from '../op/archives/newest-file.ts'
import type { Reporter } from '../progress/event.ts'

/** A download that is in the store. */
export interface Downloaded {
  readonly digest: Digest
  open(): Bytes
}

/**
 * Repositories and downloads of one build. Contexts and steps share them, so that both see the same
 * commits and bytes.
 */
export interface RemoteSources {
  readonly store: LayerStore
  readonly git: GitSource
  readonly http: HttpSource
  files(op: GitOp | HttpOp): Promise<TreeView>
  /** Content of a URL at the build's first request. */
  download(url: string): Promise<Downloaded>
  /**
   * Seconds: of the commit; of a download what its server says, else the newest file of the archive
   * it is.
   */
  time(op: GitOp | HttpOp): Promise<number | undefined>
}

export function remoteSources(
  store: LayerStore,
  access: GitAccess & HttpAccess,
  { report, signal }: { readonly report: Reporter; readonly signal: AbortSignal },
): RemoteSources {
  const git = gitSource(store, access)
  const http = httpSource(store, access)
  const context = { vertex: 'context', signal, report, compression: { type: 'none' } } as const
  const download = async (url: string): Promise<Downloaded> => {
    const { digest } = await http.download({ url }, signal)
    return { digest, open: () => createReadStream(store.blobs.pathOf(digest)) }
  }
  return {
    store,
    git,
    http,
    download,
    files: async (op) =>
      snapshotView(
        op.kind === 'git'
          ? await gitExecutor(store, git).run(op, [], context)
          : await httpExecutor(store, http).run(op, [], context),
      ),
    time: async (op) => {
      if (op.kind === 'git') return (await git.checkOut(op, signal)).time
      const { digest, lastModified } = await http.download(op, signal)
      return lastModified ?? newestFile(createReadStream(store.blobs.pathOf(digest)))
    },
  }
}
