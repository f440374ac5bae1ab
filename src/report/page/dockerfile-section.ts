import { formatDuration } from '../../units.ts'
import type { BuildReport, ReportedStep, ReportedWarning } from '../model/build-report.ts'
import { cut, head, numberHead, type Section, table } from './document.ts'
import { type Html, html } from './html.ts'

/** Lines of the file, and warnings, that are shown. */
const mostLines = 3000
const mostWarnings = 500

/** The Dockerfile with the time and the warnings of its lines; warnings without a line first. */
export function dockerfileSection({ dockerfile, steps, warnings, failure }: BuildReport): readonly Section[] {
  const listed = warnings.slice(0, mostWarnings)
  const lines = dockerfile?.text.split(/\r?\n/) ?? []
  const shown = lines.at(-1) === '' ? lines.slice(0, -1) : lines
  const rest = listed.filter(({ line }) => line === undefined || line > Math.min(shown.length, mostLines))
  if (shown.length === 0 && rest.length === 0) return []
  const stepsAt = Map.groupBy(steps, ({ line }) => line)
  const warningsAt = Map.groupBy(listed, ({ line }) => line)
  const rows = shown.slice(0, mostLines).map((text, index) => {
    const line = index + 1
    const remarks = [
      ...(failure?.line === line ? [html`<p class="error">Error: ${cut(failure.message)}</p>`] : []),
      ...(warningsAt.get(line) ?? []).map(showWarning),
    ]
    return [
      html`<td class="n soft" id="line-${line}">${line}</td>`,
      html`<td>${describeWork(stepsAt.get(line) ?? [])}</td>`,
      html`<td class="path">${cut(text)}${remarks}</td>`,
    ]
  })
  const caption = `${Math.min(mostLines, shown.length)} of ${shown.length} lines, with the time of their steps and warnings`
  const content = html`${rest.map(showWarning)}${
    warnings.length > listed.length
      ? html`<p class="warn">Note: ${warnings.length - listed.length} warnings are left out.</p>`
      : ''
  }${rows.length === 0 ? '' : table(caption, [numberHead('line'), head('step'), head('text')], rows)}`
  return [{ id: 'dockerfile', title: dockerfile?.name ?? 'Warnings', content }]
}

/** Steps of one line: several for platforms, and for stages that are built from each other. */
function describeWork(steps: readonly ReportedStep[]): Html {
  if (steps.length === 0) return html``
  const [first] = steps
  const cached = steps.filter(({ state }) => state === 'cached').length
  const failed = steps.find(({ state }) => state === 'failed')
  const time = Math.max(...steps.map(({ start, end }) => end - start))
  const text = failed !== undefined ? 'failed' : cached === steps.length ? 'cached' : formatDuration(time)
  return html`<a href="#step-${(failed ?? first)?.number ?? 0}">${text}</a>`
}

/** A warning. Its address is a link only where it leads to a web page. */
function showWarning({ code, message, line, url }: ReportedWarning): Html {
  const more =
    url === undefined || !/^https:\/\/[\w./#?=&%-]{1,500}$/.test(url)
      ? ''
      : html` <a href="${url}" rel="noreferrer">${cut(code)}</a>`
  return html`<p class="warn">Warning${line === undefined ? '' : ` in line ${line}`}: ${cut(message)}${more === '' ? ` (${cut(code)})` : more}</p>`
}
