import { type Change, type Diff, type Path, squash } from '@tsbuild/tree'
import type { SquashOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { keyOf } from '../solve/key.ts'
import type { OpExecutor } from '../solve/executor.ts'

/** `--squash`: the layers above the first `keep` become one with the same effect. */
export function squashExecutor(store: LayerStore): OpExecutor<SquashOp> {
  return {
    key: async ({ keep }) => keyOf('squash', { keep }),
    facts: ({ keep }) => ({ 'the number of layers that stay': keep }),
    run: async ({ keep }, [input = []], { compression }) => {
      const diff = squash(await Promise.all(input.slice(keep).map((layer) => layer.diff())))
      return [...input.slice(0, keep), store.fromDiff(keep === 0 ? withoutRemovals(diff) : diff, compression)]
    },
  }
}

/** The lowest layer of an image needs no whiteouts. */
function withoutRemovals(diff: Diff): Diff {
  const kept = new Map<Path, Change>()
  for (const [path, change] of diff) if (change.type === 'set') kept.set(path, { type: 'set', entry: change.entry })
  return kept
}
