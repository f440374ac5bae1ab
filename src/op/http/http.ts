import { createReadStream } from 'node:fs'
import type { Entry } from '@tsbuild/tree'
import type { HttpOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { OpExecutor } from '../../solve/executor.ts'
import { keyOf } from '../../solve/key.ts'
import type { HttpSource } from './http-source.ts'

/** ADD of a URL: one file, 0600, dated by Last-Modified, else 1970. */
export function httpExecutor(store: LayerStore, source: HttpSource): OpExecutor<HttpOp> {
  return {
    uncached: true,
    key: async (op, { signal }) => {
      const { digest, lastModified } = await source.download(op, signal)
      return keyOf('http', { filename: op.filename, digest, lastModified })
    },
    pin: async (op, { signal }) => (await source.download(op, signal)).digest,
    run: async (op, _inputs, { signal }) => {
      const { digest, size, lastModified = 0 } = await source.download(op, signal)
      const open = (): AsyncIterable<Uint8Array> => createReadStream(store.blobs.pathOf(digest))
      const entry: Entry = {
        type: 'file',
        mode: 0o600,
        uid: 0,
        gid: 0,
        mtime: lastModified,
        content: { digest, size, open },
      }
      return [store.fromDiff(new Map([[op.filename, { type: 'set' as const, entry }]]), { type: 'none' })]
    },
  }
}
