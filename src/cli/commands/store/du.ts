import { Command } from 'commander'
import { sumByType } from '../../../store/objects/sum-objects.ts'
import type { StoredObject } from '../../../store/objects/stored-object.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { formatAge, formatTable } from '../../render/format.ts'
import { formatBytes } from '../../../units.ts'
import { list } from '../../flags/declare-flag.ts'
import { parseObjectFilter } from '../../values/filters/parse-object-filter.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'
import { safeJson } from '../../render/safe-text.ts'

interface DuFlags extends StoreFlags {
  readonly json?: boolean
  readonly verbose?: boolean
  readonly filter: readonly string[]
}

/** Bounds of the lines about age, in days. */
const ages = [1, 7, 30] as const
const day = 86_400_000

/** `tsbuild du`: what takes room in the store. */
export function duCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('du'))
    .description('Show the disk usage of the store by type and age, and how much of it tsbuild prune would free.')
    .addOption(list('--filter <filter>', 'only some objects: until=24h, type=mount, id=…, inuse=true; repeatable'))
    .option('-v, --verbose', 'list every object')
    .option('--json', 'print JSON')
    .action(async ({ filter, verbose, json, ...flags }: DuFlags) => {
      const now = Date.now()
      const wanted = parseObjectFilter(filter, now)
      const objects = await withStore(invocation, flags, (store) => store.objects(wanted))
      if (json) return void stdout.write(`${safeJson(verbose ? objects : sumByType(objects), 2)}\n`)
      stdout.write(verbose ? objectTable(objects, now) : `${typeTable(objects, now)}${ageTable(objects, now)}`)
    })
}

function typeTable(objects: readonly StoredObject[], now: number): string {
  const usage = sumByType(objects)
  const total = (pick: 'count' | 'size' | 'reclaimable'): number => usage.reduce((sum, entry) => sum + entry[pick], 0)
  return formatTable([
    ['TYPE', 'COUNT', 'SIZE', 'RECLAIMABLE', 'LAST USED', 'OLDEST'],
    ...usage.map(({ type, count, size, reclaimable, newest, oldest }) => [
      type,
      String(count),
      formatBytes(size),
      formatBytes(reclaimable),
      formatAge(newest, now),
      formatAge(oldest, now),
    ]),
    ['total', String(total('count')), formatBytes(total('size')), formatBytes(total('reclaimable')), '', ''],
  ])
}

/** The reclaimable objects by age; empty without any. */
function ageTable(objects: readonly StoredObject[], now: number): string {
  const unused = objects.filter(({ state }) => state === 'unused')
  if (unused.length === 0) return ''
  const rows = [0, ...ages].map((from, index) => {
    const to = ages[index] ?? Infinity
    const some = unused.filter(({ lastUsed }) => {
      const days = Math.max(0, now - Date.parse(lastUsed)) / day
      return days >= from && days < to
    })
    const size = some.reduce((sum, object) => sum + object.size, 0)
    return [ageLabel(from, to), String(some.length), formatBytes(size)]
  })
  return `\n${formatTable([['UNUSED FOR', 'COUNT', 'RECLAIMABLE'], ...rows])}`
}

function ageLabel(from: number, to: number): string {
  if (from === 0) return `under ${to} day`
  return to === Infinity ? `over ${from} days` : `${from} to ${to} days`
}

function objectTable(objects: readonly StoredObject[], now: number): string {
  return formatTable([
    ['TYPE', 'ID', 'SIZE', 'LAST USED', 'STATE', 'NAMES'],
    ...objects.map(({ type, id, size, lastUsed, state, names = [] }) => [
      type,
      shortId(id),
      formatBytes(size),
      formatAge(lastUsed, now),
      state,
      names.join(', '),
    ]),
  ])
}

/** As many digits of a digest or hash as `--filter id=` needs. */
function shortId(id: string): string {
  return id.replace(/^(?:sha(?:256|512):)?([0-9a-f]{12})[0-9a-f]{20,}$/, '$1')
}
