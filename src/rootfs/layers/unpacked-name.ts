import { createHash } from 'node:crypto'
import type { IdMaps } from '@tsbuild/isolate'
import type { Digest } from '@tsbuild/oci'

/** Parts of the names of unpacked layers. */
export interface DiskNames {
  readonly idMaps: IdMaps | undefined
  /** Start of the machine; undefined where the kernel does not say it. */
  readonly boot: string | undefined
}

/**
 * Name of the directory of an unpacked layer: short, because a hundred of them have to fit into one
 * mount call; and not the same for different owners on disk, so that a changed id map finds nothing
 * instead of wrong owners. Nor is it the same after the machine was started again: the directories
 * are not synced, so a power failure may leave them torn.
 */
export function unpackedName(unpackedAs: Digest, { idMaps, boot }: DiskNames): string {
  const hash = createHash('sha256').update(`${unpackedAs} ${boot ?? ''}`)
  return ownersName(idMaps) + hash.digest('hex').slice(0, 16)
}

/** Short name for the owners on disk: the real ones, or those of an id map. */
export function ownersName(idMaps: IdMaps | undefined): string {
  return idMaps === undefined
    ? 'r'
    : `u${createHash('sha256').update(JSON.stringify(idMaps)).digest('hex').slice(0, 4)}`
}
