import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { parseDuration } from '../values/parse-duration.ts'
import { parseSize } from '../values/parse-size.ts'
import { formatBytes } from '../render/format.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'

interface PruneFlags extends StoreFlags {
  readonly all?: boolean
  readonly keepStorage?: string
  readonly olderThan?: string
}

/** `tsbuild prune`: frees room in the store. */
export function pruneCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('prune'))
    .description('Remove the data that no named image needs: the build cache. Refuses to run during a build.')
    .option('-a, --all', 'remove named images too')
    .option('--older-than <duration>', 'keep data used more recently, such as 24h or 7d')
    .option('--keep-storage <bytes>', 'stop when the store has at most this size, such as 10g')
    .action(async ({ all = false, olderThan, keepStorage, ...flags }: PruneFlags) => {
      const { removed, freed, kept } = await withStore(invocation, flags, (store) =>
        store.prune({
          all,
          ...(olderThan !== undefined && { olderThan: parseDuration('--older-than', olderThan) }),
          ...(keepStorage !== undefined && { keep: parseSize('--keep-storage', keepStorage) }),
        }),
      )
      invocation.stdout.write(`removed ${removed} object${removed === 1 ? '' : 's'}, freed ${formatBytes(freed)}\n`)
      for (const owner of new Set(kept.map((entry) => entry.owner))) {
        const count = kept.filter((entry) => entry.owner === owner).length
        invocation.stderr.write(
          `warning: ${count} object${count === 1 ? '' : 's'} of ${owner} stay: prune as ${owner} to remove them\n`,
        )
      }
    })
}
