import { formatBytes } from '../../units.ts'
import { describeChange } from '../compare/describe-change.ts'
import { type DirectoryChange, sumDirectories } from '../compare/sum-directories.ts'
import type { FileChange, FileSum, ImageComparison } from '../model/comparison.ts'
import { cut, head, notes, numberHead, renderDocument, type Section, sums, table } from './document.ts'
import { type Html, html } from './html.ts'

/** Rows of the tables of files, and of packages and settings. */
const mostFiles = 2000
const mostRows = 5000
const mostDirectories = 50

/** A page about the differences between two images. */
export function renderComparison(comparison: ImageComparison): string {
  const { from, to, notes: remarks, isEqual } = comparison
  return renderDocument({
    title: `${from.name} to ${to.name}`,
    about: [
      html`before: ${cut(from.name)} <code>${from.digest}</code> ${from.platform}`,
      html`after: ${cut(to.name)} <code>${to.digest}</code> ${to.platform}`,
    ],
    summary: html`${sums(totals(comparison))}${notes(remarks)}${isEqual ? html`<p>Both images have the same files and settings.</p>` : ''}`,
    sections: [directories(comparison), settings(comparison), packages(comparison), files(comparison)],
  })
}

function totals({ from, to, sums: all }: ImageComparison): readonly (readonly [string, string])[] {
  const part = ({ count, size }: FileSum): string => `${count} (${formatBytes(size)})`
  return [
    ['Files before', formatBytes(from.size)],
    ['Files after', `${formatBytes(to.size)} (${signed(to.size - from.size)})`],
    ['Added', part(all.added)],
    ['Removed', part(all.removed)],
    ['Changed', part(all.changed)],
  ]
}

function directories({ files: changes }: ImageComparison): Section {
  const all = sumDirectories(changes).slice(0, mostDirectories)
  const most = all.reduce((largest, { grown, shrunk }) => Math.max(largest, grown, shrunk), 1)
  const rows = all.map((one) => [
    html`<td class="path">/${cut(one.path)}</td>`,
    html`<td class="n">${signed(one.grown - one.shrunk)}</td>`,
    html`<td>${growthBar(one, most)}</td>`,
    html`<td class="n">${one.count}</td>`,
  ])
  const heads = [head('directory'), numberHead('bytes'), head('less and more'), numberHead('files')]
  const content =
    rows.length === 0
      ? html`<p>No file differs.</p>`
      : table('Directories by the bytes that differ, two levels deep', heads, rows)
  return { id: 'directories', title: 'Directories', content }
}

/** Bytes that went to the left of the middle, bytes that came to the right. */
function growthBar({ grown, shrunk }: DirectoryChange, most: number): Html {
  const [left, right] = [(shrunk / most) * 50, (grown / most) * 50]
  return html`<svg class="time" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="shrunk" x="${(50 - left).toFixed(2)}" width="${left.toFixed(2)}" height="1"/><rect class="grown" x="50" width="${right.toFixed(2)}" height="1"/></svg>`
}

function files({ files: changes, sums: { added, removed, changed } }: ImageComparison): Section {
  const count = added.count + removed.count + changed.count
  const shown = changes.length <= mostFiles ? changes : largestChanges(changes)
  const rows = shown.map((change) => [
    html`<td class="${change.change}">${change.change}</td>`,
    html`<td class="path">/${cut(change.path)}</td>`,
    html`<td>${cut(describeChange(change))}</td>`,
  ])
  const content =
    rows.length === 0
      ? html`<p>No file differs.</p>`
      : table(
          `${shown.length} of ${count} paths${shown.length < count ? ', those with the most bytes' : ''}`,
          ['change', 'path', 'difference'].map(head),
          rows,
        )
  return { id: 'files', title: 'Files', content }
}

/** Those with the most bytes, in the order of paths. */
function largestChanges(changes: readonly FileChange[]): readonly FileChange[] {
  const size = ({ before, after }: FileChange): number => Math.max(before?.size ?? 0, after?.size ?? 0)
  const chosen = new Set([...changes].sort((a, b) => size(b) - size(a)).slice(0, mostFiles))
  return changes.filter((change) => chosen.has(change))
}

function settings({ config }: ImageComparison): Section {
  const rows = config
    .slice(0, mostRows)
    .map(({ name, before, after }) => pair([html`<th scope="row">${cut(name)}</th>`], before, after))
  const content =
    rows.length === 0
      ? html`<p>No setting differs.</p>`
      : table(`${rows.length} of ${config.length} settings`, ['setting', 'before', 'after'].map(head), rows)
  return { id: 'settings', title: 'Settings', content }
}

function packages({ packages: all }: ImageComparison): Section {
  const rows = all
    .slice(0, mostRows)
    .map(({ type, name, before, after }) =>
      pair([html`<td>${cut(type)}</td>`, html`<td class="path">${cut(name)}</td>`], before, after),
    )
  const content =
    rows.length === 0
      ? html`<p>No package differs.</p>`
      : table(`${rows.length} of ${all.length} packages`, ['type', 'name', 'before', 'after'].map(head), rows)
  return { id: 'packages', title: 'Packages', content }
}

function pair(heads: readonly Html[], before: string | undefined, after: string | undefined): readonly Html[] {
  const cell = (value: string | undefined): Html =>
    value === undefined ? html`<td class="soft">none</td>` : html`<td class="path">${cut(value)}</td>`
  return [...heads, cell(before), cell(after)]
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : '+'}${formatBytes(Math.abs(bytes))}`
}
