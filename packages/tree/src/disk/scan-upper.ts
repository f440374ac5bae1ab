import type { Change, Diff } from '../model/diff.ts'
import type { Entry, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { scan } from './scan.ts'
import { requireSystemCalls } from './system-calls.ts'

export interface ScanUpperOptions {
  /** Namespace of overlayfs' own extended attributes: `user` when mounted with `userxattr`. */
  readonly overlay: 'trusted' | 'user'
  /** Compute digests of contents. Default false: packing does it. */
  readonly digests?: boolean
  readonly signal?: AbortSignal
}

/**
 * Changes recorded in the upper directory of an overlay mount (Linux, filesystems/overlayfs:
 * devices 0:0 are whiteouts, `opaque` directories hide). The root's own metadata is not part of it.
 * The mount needs `redirect_dir=off` and `metacopy=off`. Marks of these features are refused with
 * `LAYER_INVALID`.
 */
export async function scanUpper(directory: string, options: ScanUpperOptions): Promise<Diff> {
  const { overlay, ...rest } = options
  requireSystemCalls()
  const tree = await scan(directory, { ...rest, xattrs: true, names: 'keep' })
  const diff = new Map<Path, Change>()
  for (const [path, entry] of tree) if (path !== '') diff.set(path, toChange(path, entry, `${overlay}.overlay.`))
  return diff
}

function toChange(path: Path, entry: Entry, prefix: string): Change {
  if (entry.type === 'device' && entry.kind === 'character' && entry.major === 0 && entry.minor === 0)
    return { type: 'remove' }
  const { xattrs, ...bare } = entry
  if (xattrs === undefined) return { type: 'set', entry }
  for (const name of ['redirect', 'metacopy']) {
    if (xattrs.has(prefix + name))
      throw new TreeError(
        'LAYER_INVALID',
        `cannot read "${path}" of an overlay: it has the attribute "${prefix}${name}"`,
        { path },
      )
  }
  const kept = new Map([...xattrs].filter(([name]) => !/^(?:trusted|user)\.overlay\./.test(name)))
  const found: Entry = kept.size === 0 ? bare : { ...bare, xattrs: kept }
  const mark = xattrs.get(`${prefix}opaque`)
  return mark !== undefined && Buffer.from(mark).toString() === 'y'
    ? { type: 'set', entry: found, opaque: true }
    : { type: 'set', entry: found }
}
