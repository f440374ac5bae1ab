import { Command } from 'commander'
import type { PruneRequest, PruneResult } from '../../../store/objects/prune.ts'
import { list } from '../../flags/declare-flag.ts'
import { confirm } from '../../invocation/confirm.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseObjectFilter } from '../../values/filters/parse-object-filter.ts'
import { filterOfImages, splitFilters } from '../../values/filters/prune-images.ts'
import { parseSize } from '../../values/parse-size.ts'
import { formatAge, formatTable } from '../../render/format.ts'
import { formatBytes, formatCount } from '../../../units.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

interface PruneFlags extends StoreFlags {
  readonly all?: boolean
  readonly force?: boolean
  readonly dryRun?: boolean
  readonly verbose?: boolean
  readonly filter: readonly string[]
  readonly keepStorage?: string
  readonly reservedSpace?: string
  readonly maxUsedSpace?: string
  readonly minFreeSpace?: string
}

const question = {
  cache: 'This removes the build cache: everything in the store that no named image needs.',
  all: 'This removes the build cache and all images of the store.',
}

/** `tsbuild prune`: frees room in the store. */
export function pruneCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('prune'))
    .description('Remove the data that no named image needs: the build cache. Builds may run meanwhile.')
    .option('-a, --all', 'remove named images too')
    .addOption(
      list(
        '--filter <filter>',
        'only some objects: until=24h, type=mount, id=…; with --all, images: reference=PATTERN, label=KEY[=VALUE]',
      ),
    )
    .option('--reserved-space <bytes>', 'stop when the store has at most this size, such as 10g')
    .option('--max-used-space <bytes>', 'remove nothing unless the store is larger')
    .option('--min-free-space <bytes>', 'remove nothing unless the disk has less free space')
    .option('--keep-storage <bytes>', 'same as --reserved-space')
    .option('-n, --dry-run', 'only list what would be removed')
    .option('-v, --verbose', 'list what was removed')
    .option('-f, --force', 'do not ask')
    .action(async ({ all = false, force, dryRun = false, verbose, ...flags }: PruneFlags) => {
      const { images, objects: others } = splitFilters(flags.filter)
      const { filter, ...bounds } = readRequest({ ...flags, filter: others })
      if (images.length > 0 && !all)
        throw new UsageError(`--filter "${images[0]}" is about named images, which only --all removes`)
      if (images.length > 0 && (filter?.types !== undefined || filter?.ids !== undefined))
        throw new UsageError(`--filter "${images[0]}" is about images, and cannot be used with type or id`)
      if (force !== true && !dryRun) await confirm(invocation, all ? question.all : question.cache)
      const result = await withStore(invocation, flags, async (store) => {
        const chosen = images.length === 0 ? filter : { ...filter, ...(await filterOfImages(images, store)) }
        return store.prune({ ...bounds, ...(chosen && { filter: chosen }), all, dryRun })
      })
      if (dryRun || verbose === true) invocation.stdout.write(listRemoved(result))
      report(invocation, result, dryRun)
    })
}

function readRequest({ filter, keepStorage, reservedSpace, maxUsedSpace, minFreeSpace }: PruneFlags): PruneRequest {
  const reserved = reservedSpace ?? keepStorage
  return {
    ...(filter.length > 0 && { filter: parseObjectFilter(filter, Date.now()) }),
    ...(reserved !== undefined && { reservedSpace: parseSize('--reserved-space', reserved) }),
    ...(maxUsedSpace !== undefined && { maxUsedSpace: parseSize('--max-used-space', maxUsedSpace) }),
    ...(minFreeSpace !== undefined && { minFreeSpace: parseSize('--min-free-space', minFreeSpace) }),
  }
}

function listRemoved({ objects }: PruneResult): string {
  if (objects.length === 0) return ''
  const rows = objects.map(({ type, id, size, lastUsed, names = [] }) => [
    type,
    names.join(', ') || id,
    formatBytes(size),
    formatAge(lastUsed, Date.now()),
  ])
  return `${formatTable([['TYPE', 'ID', 'SIZE', 'LAST USED'], ...rows])}\n`
}

function report({ stdout, stderr }: Invocation, result: PruneResult, dryRun: boolean): void {
  const { removed, freed, kept, inUse } = result
  const [remove, free] = dryRun ? ['would remove', 'free'] : ['removed', 'freed']
  stdout.write(`${remove} ${objects(removed)}, ${free} ${formatBytes(freed)}\n`)
  if (inUse.count > 0)
    stderr.write(`${objects(inUse.count)} of ${formatBytes(inUse.size)} stay: running builds use them\n`)
  for (const owner of new Set(kept.map((entry) => entry.owner))) {
    const count = kept.filter((entry) => entry.owner === owner).length
    stderr.write(`warning: ${objects(count)} of ${owner} stay: prune as ${owner} to remove them\n`)
  }
}

function objects(count: number): string {
  return formatCount(count, 'object')
}
