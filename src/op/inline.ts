import { digestOf } from '@tsbuild/oci'
import type { Change } from '@tsbuild/tree'
import type { InlineOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'

/** Literal files, owned by root, dated 1970. An empty list is scratch and makes no layer. */
export function inlineExecutor(store: LayerStore): OpExecutor<InlineOp> {
  return {
    uncached: true,
    key: async (op) =>
      keyOf(
        'inline',
        op.files.map(({ path, mode, text }) => [path, mode, text]),
      ),
    run: async ({ files }) => {
      if (files.length === 0) return []
      const diff = new Map(
        files.map(({ path, mode, text }): [string, Change] => [path, { type: 'set', entry: fileEntry(mode, text) }]),
      )
      return [store.fromDiff(diff, { type: 'none' })]
    },
  }
}

function fileEntry(mode: number, text: string): Extract<Change, { type: 'set' }>['entry'] {
  const bytes = Buffer.from(text)
  async function* open(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  return {
    type: 'file',
    mode,
    uid: 0,
    gid: 0,
    mtime: 0,
    content: { size: bytes.length, digest: digestOf(bytes), open },
  }
}
