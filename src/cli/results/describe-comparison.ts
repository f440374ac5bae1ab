import type { ComparedEntry, FileChange, FileSum, ImageComparison } from '../../report/model/comparison.ts'
import { visibleText } from '../../report/model/visible-text.ts'
import { formatBytes } from '../render/format.ts'

const letters = { added: 'A', removed: 'D', changed: 'C' } as const

/** A comparison as lines for people, safe to print: settings, packages, files, sums, notes. */
export function describeComparison(comparison: ImageComparison): readonly string[] {
  const { from, to, config, packages, files, notes, isEqual } = comparison
  if (isEqual)
    return [`${visibleText(from.name)} and ${visibleText(to.name)} have the same files and settings`, ...remarks(notes)]
  return [
    `- ${visibleText(from.name)}  ${from.digest}`,
    `+ ${visibleText(to.name)}  ${to.digest}`,
    ...section(
      'settings',
      config.map(({ name, before, after }) => describePair(name, before, after)),
    ),
    ...section(
      'packages',
      packages.map(({ type, name, before, after }) => describePair(`${type} ${name}`, before, after)),
    ),
    ...section('files', files.map(describeFile)),
    '',
    describeSums(comparison),
    ...remarks(notes),
  ]
}

/** Files added, removed and changed, and the sizes of both images. */
function describeSums({ from, to, sums: { added, removed, changed } }: ImageComparison): string {
  const part = ({ count, size }: FileSum, word: string): string => `${count} ${word} (${formatBytes(size)})`
  const growth = to.size - from.size
  const sign = growth < 0 ? '-' : '+'
  return `files: ${part(added, 'added')}, ${part(removed, 'removed')}, ${part(changed, 'changed')}; ${formatBytes(from.size)} -> ${formatBytes(to.size)} (${sign}${formatBytes(Math.abs(growth))})`
}

/**
 * Differences at a path: `content, mode 0644 -> 0755`; the size or kind of a path that one image
 * lacks.
 */
function describeChange({ aspects, before, after }: FileChange): string {
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

function describeFile(change: FileChange): string {
  return `${letters[change.change]} /${visibleText(change.path)}  ${describeChange(change)}`
}

function describeEntry(entry: ComparedEntry | undefined): string {
  if (entry?.size !== undefined) return formatBytes(entry.size)
  return entry?.target === undefined ? (entry?.type ?? '') : `${entry.type} to ${visibleText(entry.target)}`
}

function describePair(name: string, before: string | undefined, after: string | undefined): string {
  const label = visibleText(name)
  if (before === undefined) return `A ${label}${after === '' ? '' : `  ${visibleText(after ?? '')}`}`
  if (after === undefined) return `D ${label}${before === '' ? '' : `  ${visibleText(before)}`}`
  return `C ${label}  ${visibleText(before)} -> ${visibleText(after)}`
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)]
}

function remarks(notes: readonly string[]): readonly string[] {
  return notes.map((note) => `note: ${visibleText(note)}`)
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** Times of hostile archives may be beyond what a date can be. */
function iso(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace('.000Z', 'Z')
}
