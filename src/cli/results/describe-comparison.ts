import { describeChange, describeSums } from '../../report/compare/describe-change.ts'
import type { FileChange, ImageComparison } from '../../report/model/comparison.ts'
import { visibleText } from '../../report/model/visible-text.ts'

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

function describeFile(change: FileChange): string {
  return `${letters[change.change]} /${visibleText(change.path)}  ${describeChange(change)}`
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
