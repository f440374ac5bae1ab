import { createHash } from 'node:crypto'
import { type Html, html } from './html.ts'
import { style } from './style.ts'

const longestText = 500

/** A part of a page with a heading. */
export interface Section {
  /** Unique in its page: letters, digits and hyphens. */
  readonly id: string
  readonly title: string
  readonly content: Html
}

/** Content of a page. */
export interface PageContent {
  readonly title: string
  /** Shown below the title. */
  readonly about: readonly Html[]
  /** Shown before the first section. */
  readonly summary: Html
  readonly sections: readonly Section[]
}

/**
 * One page that loads nothing and runs no script. Its content security policy allows only its own
 * style.
 */
export function renderDocument({ title, about, summary, sections }: PageContent): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`
  const body = html`<header><h1>${cut(title)}</h1>
${about.map((line) => html`<p class="soft">${line}</p>`)}
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
</header>
<main>${summary}
${sections.map(
  ({
    id,
    title: name,
    content,
  }) => html`<section aria-labelledby="${id}"><h2 id="${id}">${name}</h2>${content}</section>
`,
)}</main>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${html`<title>${cut(title)}</title>`.html}
<style>${style}</style>
</head>
<body>
${body.html}
</body>
</html>
`
}

/** Pairs of a name and a large value. */
export function sums(pairs: readonly (readonly [name: string, value: string])[]): Html {
  return html`<dl class="sums">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

/** Remarks about parts that are left out. */
export function notes(texts: readonly string[]): Html {
  return html`${texts.map((text) => html`<p class="warn">Note: ${cut(text)}</p>`)}`
}

/** Head of a column. */
export function head(name: string): Html {
  return html`<th scope="col">${name}</th>`
}

/** Head of a column of numbers, which are at its right side. */
export function numberHead(name: string): Html {
  return html`<th scope="col" class="n">${name}</th>`
}

/** A table that scrolls with the keyboard where it is too wide. Rows are lists of cells. */
export function table(caption: string, heads: readonly Html[], rows: readonly (readonly Html[])[]): Html {
  const body = rows.map(
    (cells) => html`<tr>${cells}</tr>
`,
  )
  return tableOf(caption, heads, [html`<tbody>${body}</tbody>`])
}

/** A table of several bodies. */
export function tableOf(caption: string, heads: readonly Html[], bodies: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
${bodies}</table></div>`
}

/** Hostile texts may be megabytes long. */
export function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}… (${text.length} characters)`
}
