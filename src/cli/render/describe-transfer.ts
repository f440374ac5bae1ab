import type { ImageCopied } from '../../progress/event.ts'
import type { Transfer, VertexState } from '../../progress/progress-state.ts'
import { formatBytes, formatDuration } from '../../units.ts'
import { safeText } from './safe-text.ts'

/** Digits of a digest that tell the contents of an image apart. */
const shown = 12

/** A digest with its first digits, any other id as it is: `sha256:0123456789ab`. */
export function shortDigest(id: string): string {
  const [, start] = /^(sha\d+:[0-9a-f]+)$/.exec(id) ?? []
  return start === undefined ? id : start.slice(0, start.indexOf(':') + 1 + shown)
}

/** Bytes in a time of milliseconds: `3.8MB/s`; empty for no time. */
export function formatRate(bytes: number, milliseconds: number): string {
  return milliseconds <= 0 ? '' : `${formatBytes((bytes * 1000) / milliseconds)}/s`
}

/** Transfers of a running step: `12MB / 46MB  3.8MB/s  30MB existed`; empty if none is open. */
export function describeTransfers({ transfers, started }: VertexState, now: number): string {
  const all = [...transfers.values()]
  if (all.every(({ done, total }) => done === total)) return ''
  const sum = (wanted: boolean, bytesOf: (transfer: Transfer) => number): number =>
    all.reduce((bytes, one) => ((one.skipped === true) === wanted ? bytes + bytesOf(one) : bytes), 0)
  const done = sum(false, (transfer) => transfer.done)
  const total = sum(false, (transfer) => transfer.total ?? transfer.done)
  const existing = sum(true, (transfer) => transfer.done)
  return [
    `${formatBytes(done)} / ${formatBytes(total)}`,
    formatRate(done, now - (started ?? now)),
    existing === 0 ? '' : `${formatBytes(existing)} existed`,
  ]
    .filter((part) => part !== '')
    .join('  ')
}

/** Last lines of a copy: the bytes moved, then name, digest, size and time. */
export function describeCopied(event: ImageCopied): readonly string[] {
  const { text, digest, size, moved, existing, mounted = 0, linked = 0, duration } = event
  const rate = formatRate(moved, duration)
  const parts = [
    `${formatBytes(moved)} moved${moved === 0 || rate === '' ? '' : ` at ${rate}`}`,
    ...(existing === 0 ? [] : [`${formatBytes(existing)} existed`]),
    ...(mounted === 0 ? [] : [`${formatBytes(mounted)} mounted`]),
    ...(linked === 0 ? [] : [`${formatBytes(linked)} linked`]),
  ]
  const bytes = size === undefined ? '' : ` ${formatBytes(size)}`
  return [parts.join(', '), safeText(`${text} ${shortDigest(digest)}${bytes} in ${formatDuration(duration)}`)]
}
