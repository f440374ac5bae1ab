import { formatBytes } from '../../units.ts'
import type { DescribedImage, ReportedFile } from '../model/image-report.ts'
import { visibleText } from '../model/visible-text.ts'
import { cut, head, notes, numberHead, type Section, sums, table } from './document.ts'
import { type Html, html } from './html.ts'
import { layOut, sizeTree } from './treemap.ts'

/** Rows of a table of files. */
const mostFiles = 100
/** Rows of the table of packages. */
const mostPackages = 5000
const map = { width: 1200, height: 520 }

/** Sizes of an image, and remarks about it. */
export function imageSummary(image: DescribedImage): Html {
  const pairs: readonly (readonly [string, string])[] = [
    ['Layers, as published', formatBytes(image.size)],
    ['Files in a container', `${formatBytes(image.files.size)} in ${image.files.count}`],
    ['Hidden by later layers', `${formatBytes(image.hidden.size)} in ${image.hidden.count}`],
    ['Packages', String(image.packages.length)],
  ]
  return html`${sums(pairs)}${notes(image.notes)}`
}

/** Layers, files, packages and settings of an image. */
export function imageSections(image: DescribedImage): readonly Section[] {
  return [
    { id: 'layers', title: 'Layers', content: layers(image) },
    { id: 'files', title: 'Files', content: files(image) },
    { id: 'wasted', title: 'Hidden files', content: hidden(image) },
    { id: 'packages', title: 'Packages', content: packages(image) },
    { id: 'settings', title: 'Settings', content: settings(image) },
  ]
}

function layers({ layers: all }: DescribedImage): Html {
  const most = all.reduce((largest, { files: { size } }) => Math.max(largest, size), 1)
  const rows = all.map(({ size, files: own, hidden: lost, removals, createdBy = '' }, index) => [
    html`<td class="n">${index + 1}</td>`,
    html`<td class="n">${formatBytes(size)}</td>`,
    html`<td class="n">${formatBytes(own.size)}</td>`,
    html`<td><svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="${((own.size / most) * 100).toFixed(1)}" height="1"/></svg></td>`,
    html`<td class="n">${own.count}</td>`,
    html`<td class="n">${formatBytes(lost.size)}</td>`,
    html`<td class="n">${removals}</td>`,
    html`<td class="path">${cut(createdBy)}</td>`,
  ])
  const numbers = ['files', 'hidden', 'removes'].map(numberHead)
  const heads = [...['#', 'published', 'bytes'].map(numberHead), head(''), ...numbers, head('step')]
  return table('The lowest layer first', heads, rows)
}

function files(image: DescribedImage): Html {
  const seen = image.largest.filter((file) => file.hidden === undefined)
  const tiles = layOut(sizeTree(seen), map.width, map.height).map(({ node, path, depth, x, y, width, height }) => {
    const room = Math.floor((width - 6) / 6.5)
    const name = visibleText(node.name)
    const label = name.length > room ? `${name.slice(0, Math.max(0, room - 1))}…` : name
    const box = [x, y, width, height].map((value) => value.toFixed(1))
    return html`<g><title>${cut(path)}: ${formatBytes(node.size)} in ${node.files} files</title><rect class="d${depth}" x="${box[0] ?? ''}" y="${box[1] ?? ''}" width="${box[2] ?? ''}" height="${box[3] ?? ''}"/>${
      room > 3 && height > 14 ? html`<text x="${(x + 4).toFixed(1)}" y="${(y + 12).toFixed(1)}">${label}</text>` : ''
    }</g>`
  })
  const more =
    image.leftOut.count === 0
      ? ''
      : html`<p class="warn">Note: ${image.leftOut.count} small files (${formatBytes(image.leftOut.size)}) are left out.</p>`
  return html`${more}<p class="soft">Directories by the size of their files, three levels deep. The table below lists the largest files.</p>
<svg class="map" viewBox="0 0 ${map.width} ${map.height}" role="img" aria-label="Map of directories by size">${tiles}</svg>
${fileTable(`The ${Math.min(mostFiles, seen.length)} largest of ${image.files.count} files`, seen, false)}`
}

function hidden(image: DescribedImage): Html {
  const lost = image.largest.filter((file) => file.hidden !== undefined)
  if (lost.length === 0) return html`<p>No layer hides a file of another.</p>`
  return html`<p class="soft">These bytes are pulled and stored, but no container sees them. Remove files in the step that writes them, and set modes and owners with COPY --chmod and --chown.</p>
${fileTable(`The ${Math.min(mostFiles, lost.length)} largest of ${image.hidden.count} files`, lost, true)}`
}

function fileTable(caption: string, all: readonly ReportedFile[], withCause: boolean): Html {
  const rows = all
    .slice(0, mostFiles)
    .map(({ path, size, layer, hidden: lost }) => [
      html`<td class="n">${formatBytes(size)}</td>`,
      html`<td class="n">${layer + 1}</td>`,
      ...(withCause ? [html`<td>${lost === undefined ? '' : explain(lost)}</td>`] : []),
      html`<td class="path">/${cut(path)}</td>`,
    ])
  const heads = [numberHead('size'), numberHead('layer'), ...(withCause ? [head('hidden')] : []), head('file')]
  return table(caption, heads, rows)
}

function explain({ cause, layer }: NonNullable<ReportedFile['hidden']>): string {
  const words = { removed: 'removed in', replaced: 'replaced in', repeated: 'same content again in' }
  return `${words[cause]} layer ${layer + 1}`
}

function packages({ packages: all }: DescribedImage): Html {
  if (all.length === 0) return html`<p>No package database was found.</p>`
  const rows = all
    .slice(0, mostPackages)
    .map(({ type, name, version = '', license = '', layer }) => [
      html`<td>${cut(type)}</td>`,
      html`<td class="path">${cut(name)}</td>`,
      html`<td>${cut(version)}</td>`,
      html`<td>${cut(license)}</td>`,
      html`<td class="n">${layer === undefined ? '' : layer + 1}</td>`,
    ])
  const caption = `${rows.length} of ${all.length} packages`
  return table(caption, [...['type', 'name', 'version', 'licence'].map(head), numberHead('layer')], rows)
}

function settings({ settings: all }: DescribedImage): Html {
  const rows = all
    .slice(0, mostPackages)
    .map(({ name, value }) => [html`<th scope="row">${cut(name)}</th>`, html`<td class="path">${cut(value)}</td>`])
  return table('Settings of the image', ['name', 'value'].map(head), rows)
}
