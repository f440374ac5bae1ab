import { createHash } from 'node:crypto'
import { type Digest, hexOf } from '@tsbuild/oci'
import type { IdMaps } from '@tsbuild/isolate'

/**
 * Name of the directory of an unpacked layer: short, because a hundred of them have to fit into one
 * mount call; and not the same for different owners on disk, so that a changed id map finds nothing
 * instead of wrong owners.
 */
export function unpackedName(unpackedAs: Digest, idMaps: IdMaps | undefined): string {
  return ownersName(idMaps) + hexOf(unpackedAs).slice(0, 16)
}

/** Short name for the owners on disk: the real ones, or those of an id map. */
export function ownersName(idMaps: IdMaps | undefined): string {
  return idMaps === undefined
    ? 'r'
    : `u${createHash('sha256').update(JSON.stringify(idMaps)).digest('hex').slice(0, 4)}`
}
