/**
 * The header `Range` of an upload: first and last byte stored. An empty upload has `0-0`, as with
 * Docker's registry, which clients know.
 */
export function formatStored(size: number): string {
  return `0-${Math.max(0, size - 1)}`
}
