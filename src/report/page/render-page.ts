import { createHash } from 'node:crypto'
import { formatBytes } from '../../units.ts'
import type { ImageReport, ReportedFile } from '../model/image-report.ts'
import { visibleText } from '../model/visible-text.ts'
import { type Html, html } from './html.ts'
import { style } from './style.ts'
import { layOut, sizeTree } from './treemap.ts'

/** Rows of a table of files. */
const mostFiles = 100
/** Rows of the table of packages. */
const mostPackages = 5000
const longestText = 500
const map = { width: 1200, height: 520 }

/**
 * The report as one page that loads nothing and runs no script. Its content security policy allows
 * only its own style.
 */
export function renderPage(image: ImageReport): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${html`<title>${cut(image.name)}</title>`.html}
<style>${style}</style>
</head>
<body>
${body(image).html}
</body>
</html>
`
}

function body(image: ImageReport): Html {
  const sections: readonly (readonly [string, string, Html])[] = [
    ['layers', 'Layers', layers(image)],
    ['files', 'Files', files(image)],
    ['wasted', 'Hidden files', hidden(image)],
    ['packages', 'Packages', packages(image)],
    ['settings', 'Settings', settings(image)],
  ]
  return html`<header><h1>${cut(image.name)}</h1>
<p class="soft"><code>${image.digest}</code></p>
<p class="soft">${image.platform}${image.created === undefined ? '' : `, created ${image.created}`}</p>
<nav aria-label="Sections"><ul>${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
</header>
<main><dl class="sums">${[
    ['Layers, as published', formatBytes(image.size)],
    ['Files in a container', `${formatBytes(image.files.size)} in ${image.files.count}`],
    ['Hidden by later layers', `${formatBytes(image.hidden.size)} in ${image.hidden.count}`],
    ['Packages', String(image.packages.length)],
  ].map(([name = '', value = '']) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${image.notes.map((note) => html`<p class="warn">Note: ${cut(note)}</p>`)}
${sections.map(
  ([id, title, content]) => html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>
`,
)}</main>`
}

function layers({ layers: all }: ImageReport): Html {
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

function files(image: ImageReport): Html {
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

function hidden(image: ImageReport): Html {
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

function packages({ packages: all }: ImageReport): Html {
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

function settings({ settings: all }: ImageReport): Html {
  const rows = all
    .slice(0, mostPackages)
    .map(({ name, value }) => [html`<th scope="row">${cut(name)}</th>`, html`<td class="path">${cut(value)}</td>`])
  return table('Settings of the image', ['name', 'value'].map(head), rows)
}

function head(name: string): Html {
  return html`<th scope="col">${name}</th>`
}

/** Head of a column of numbers, which are at its right side. */
function numberHead(name: string): Html {
  return html`<th scope="col" class="n">${name}</th>`
}

function table(caption: string, heads: readonly Html[], rows: readonly (readonly Html[])[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${rows.map(
    (cells) => html`<tr>${cells}</tr>
`,
  )}</tbody></table></div>`
}

/** Hostile texts may be megabytes long. */
function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`
}
