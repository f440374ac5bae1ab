import { encodeDocument } from './encode-document.ts'
import {
  type ContainerConfig,
  containerConfigKeys,
  type HealthConfig,
  type HistoryEntry,
  type ImageConfig,
  imageConfigKeys,
} from './image-config.ts'
import { limits } from './limits.ts'

/**
 * The configuration as compact JSON, byte for byte what BuildKit would write: top-level members
 * sorted, `extra` put back (it cannot replace a field), the parts inside in the order of Go's
 * structs, empty members left out, times without trailing zeros. Throws `OciError` `CONFIG_INVALID`
 * for one that is too large for `parseImageConfig`.
 */
export function encodeImageConfig(config: ImageConfig): Uint8Array {
  const { extra = {}, created, config: container, history, rootfs, ...rest } = config
  const unknown = Object.entries(extra).filter(([key]) => !imageConfigKeys.has(key))
  const members = {
    ...Object.fromEntries(unknown),
    ...rest,
    created: created && formatTime(created),
    config: container && containerMembers(container),
    rootfs: new Map<string, unknown>([
      ['type', rootfs.type],
      ['diff_ids', rootfs.diff_ids],
    ]),
    history: history?.map(historyMembers),
  }
  const lists = {
    'rootfs.diff_ids': [rootfs.diff_ids.length, limits.layers],
    history: [history?.length ?? 0, limits.history],
  } as const
  return encodeDocument(members, { code: 'CONFIG_INVALID', lists })
}

function containerMembers(config: ContainerConfig): ReadonlyMap<string, unknown> {
  const { Healthcheck, ...rest } = config
  const fields: Readonly<Record<string, unknown>> = { ...rest, Healthcheck: Healthcheck && healthMembers(Healthcheck) }
  const known = new Set<string>(containerConfigKeys)
  const unknown = Object.keys(fields)
    .filter((key) => !known.has(key))
    .toSorted()
  return new Map([...filled(fields, containerConfigKeys), ...unknown.map((key) => [key, fields[key]] as const)])
}

function healthMembers(health: HealthConfig): ReadonlyMap<string, unknown> {
  return filled({ ...health }, ['Test', 'Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'])
}

function historyMembers(entry: HistoryEntry): ReadonlyMap<string, unknown> {
  const fields = { ...entry, created: entry.created && formatTime(entry.created) }
  return filled(fields, ['created', 'created_by', 'author', 'comment', 'empty_layer'])
}

/** The members named by `keys`, in that order, as Go's `omitempty` leaves them. */
function filled(fields: Readonly<Record<string, unknown>>, keys: readonly string[]): ReadonlyMap<string, unknown> {
  return new Map(keys.map((key) => [key, fields[key]] as const).filter(([, value]) => !isEmpty(value)))
}

function isEmpty(value: unknown): boolean {
  if (!value) return true
  if (value instanceof Map) return false
  return typeof value === 'object' && Object.keys(value).length === 0
}

/**
 * RFC 3339 as Go prints it: the fraction has no trailing zeros, and none at all when it is zero.
 */
function formatTime(time: string): string {
  return time.replace(/\.\d+/, (fraction) => fraction.replace(/\.?0+$/, ''))
}
