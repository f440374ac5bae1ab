import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { formatBytes, formatTable } from '../render/format.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'
import { safeJson } from '../render/safe-text.ts'

/** `tsbuild du`: what takes room in the store. */
export function duCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('du'))
    .description('Show the disk usage of the store, and how much of it tsbuild prune would free.')
    .option('--json', 'print JSON')
    .action(async (flags: StoreFlags & { readonly json?: boolean }) => {
      const usage = await withStore(invocation, flags, (store) => store.diskUsage())
      if (flags.json) return void stdout.write(`${safeJson(usage, 2)}\n`)
      const total = (pick: 'size' | 'reclaimable'): string =>
        formatBytes(usage.reduce((sum, entry) => sum + entry[pick], 0))
      const rows = usage.map(({ kind, count, size, reclaimable }) => [
        kind,
        String(count),
        formatBytes(size),
        formatBytes(reclaimable),
      ])
      stdout.write(
        formatTable([
          ['KIND', 'COUNT', 'SIZE', 'RECLAIMABLE'],
          ...rows,
          ['total', '', total('size'), total('reclaimable')],
        ]),
      )
    })
}
