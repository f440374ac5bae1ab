import { formatBytes } from '../../units.ts'
import type { ComparedEntry, FileChange, FileSum, ImageComparison } from '../model/comparison.ts'
import { visibleText } from '../model/visible-text.ts'

/** Files added, removed and changed, and the sizes of both images. */
export function describeSums({ from, to, sums: { added, removed, changed } }: ImageComparison): string {
  const part = ({ count, size }: FileSum, word: string): string => `${count} ${word} (${formatBytes(size)})`
  const growth = to.size - from.size
  const sign = growth < 0 ? '-' : '+'
  return `files: ${part(added, 'added')}, ${part(removed, 'removed')}, ${part(changed, 'changed')}; ${formatBytes(from.size)} -> ${formatBytes(to.size)} (${sign}${formatBytes(Math.abs(growth))})`
}

/**
 * Differences at a path: `content, mode 0644 -> 0755`; the size or kind of a path that one image
 * lacks.
 */
export function describeChange({ aspects, before, after }: FileChange): string {
  if (before === undefined || after === undefined) return describeEntry(after ?? before)
  return aspects
    .map((aspect) => {
      switch (aspect) {
        case 'type':
          return `${before.type} -> ${after.type}`
        case 'content':
          return before.size === after.size
            ? 'content'
            : `content, ${formatBytes(before.size ?? 0)} -> ${formatBytes(after.size ?? 0)}`
        case 'target':
          return `target ${visibleText(before.target ?? '')} -> ${visibleText(after.target ?? '')}`
        case 'mode':
          return `mode ${octal(before.mode)} -> ${octal(after.mode)}`
        case 'owner':
          return `owner ${before.uid}:${before.gid} -> ${after.uid}:${after.gid}`
        case 'time':
          return `time ${iso(before.mtime)} -> ${iso(after.mtime)}`
        case 'device':
        case 'attributes':
          return aspect
      }
    })
    .join(', ')
}

function describeEntry(entry: ComparedEntry | undefined): string {
  if (entry?.size !== undefined) return formatBytes(entry.size)
  return entry?.target === undefined ? (entry?.type ?? '') : `${entry.type} to ${visibleText(entry.target)}`
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** Times of hostile archives may be beyond what a date can be. */
function iso(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z')
}
