import { formatBytes, formatDuration } from '../../units.ts'
import type { BuildReport, ReportedStep } from '../model/build-report.ts'
import { cut, head, notes, numberHead, type Section, tableOf } from './document.ts'
import { type Html, html } from './html.ts'

/** Rows of the timeline; with more steps, the ones that took longest. */
const mostSteps = 500
/** A step that begins this long after its inputs, in milliseconds, waited for something else. */
const notable = 100

const states: Readonly<Record<ReportedStep['state'], string>> = {
  cached: 'cache hit',
  done: 'ran',
  failed: 'failed',
  canceled: 'canceled',
  unfinished: 'not finished',
}

/** Steps by stage on a common axis of time: what ran, what was cached and why, what waited. */
export function timelineSection({ steps, duration }: BuildReport): Section {
  const shown = chooseSteps(steps)
  const total = Math.max(1, duration, ...shown.map(({ end }) => end))
  const groups = Map.groupBy([...shown].sort(byKind), groupOf)
  const bodies = [...groups].map(
    ([name, members]) => html`<tbody><tr class="stage"><th scope="rowgroup" colspan="2">${cut(name)}</th>
<td class="n">${formatDuration(spanOf(members))}</td><td>${bar(members, total, 'span')}</td><td>${countCached(members)}</td></tr>
${members.map((step) => row(step, total))}</tbody>
`,
  )
  const left = steps.length - shown.length
  const heads = [
    numberHead('#'),
    head('step'),
    numberHead('time'),
    head(`0 to ${formatDuration(total)}`),
    head('state and reason'),
  ]
  const content = html`${notes(left === 0 ? [] : [`${left} short steps are left out`])}
<p class="soft"><span class="key critical"></span> critical path: each step waited for the one before.
<span class="key"></span> other steps. <span class="key cached"></span> found in a cache. <span class="key waited"></span> done by another build.</p>
${shown.length === 0 ? html`<p>No step has begun.</p>` : tableOf('Steps by stage', heads, bodies)}`
  return { id: 'timeline', title: 'Timeline', content }
}

function chooseSteps(steps: readonly ReportedStep[]): readonly ReportedStep[] {
  if (steps.length <= mostSteps) return steps
  const weight = ({ state, isCritical, start, end }: ReportedStep): number =>
    state === 'failed' ? Number.POSITIVE_INFINITY : end - start + (isCritical ? 1e12 : 0)
  const chosen = new Set([...steps].sort((a, b) => weight(b) - weight(a)).slice(0, mostSteps))
  return steps.filter((step) => chosen.has(step))
}

const kinds: readonly ReportedStep['kind'][] = ['source', 'step', 'output']

function byKind(a: ReportedStep, b: ReportedStep): number {
  return kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || a.number - b.number
}

function groupOf({ kind, stage, platform }: ReportedStep): string {
  if (kind === 'source') return 'Sources'
  if (stage === undefined) return 'Outputs and caches'
  return `Stage ${stage}${platform === undefined ? '' : `, ${platform}`}`
}

/** Time from the first start to the last end. */
function spanOf(steps: readonly ReportedStep[]): number {
  return Math.max(...steps.map(({ end }) => end)) - Math.min(...steps.map(({ start }) => start))
}

function countCached(steps: readonly ReportedStep[]): string {
  const cached = steps.filter(({ state }) => state === 'cached').length
  return cached === 0 ? '' : `${cached} of ${steps.length} cached`
}

function row(step: ReportedStep, total: number): Html {
  const { number, name, state, start, end, isCritical, line, bytes } = step
  const place = line === undefined ? '' : html` <a href="#line-${line}">line ${line}</a>`
  const mark = isCritical ? html`, <strong class="mark">critical</strong>` : ''
  const moved = bytes === 0 ? '' : `; ${formatBytes(bytes)} moved`
  return html`<tr id="step-${number}" class="${state}"><td class="n soft">${number}</td><td class="path">${cut(name)}${place}</td>
<td class="n">${state === 'cached' ? '' : formatDuration(end - start)}</td>
<td>${bar([step], total, state !== 'failed' && isCritical ? 'critical' : state)}</td><td class="why">${states[state]}${mark}${reasonOf(step)}${moved}</td></tr>
`
}

/** The time of steps on the axis; the part in which another build did a step has its own colour. */
function bar(steps: readonly ReportedStep[], total: number, kind: string): Html {
  const share = (time: number): string => ((time / total) * 1000).toFixed(1)
  const parts = steps.map(({ start, end, waited }) => {
    const width = Math.max(2, ((end - start) / total) * 1000).toFixed(1)
    const wait =
      waited === 0 ? '' : html`<rect class="waited" x="${share(start)}" width="${share(waited)}" height="1"/>`
    return html`<rect class="${kind}" x="${Math.min(998, Number(share(start))).toFixed(1)}" width="${width}" height="1"/>${wait}`
  })
  return html`<svg class="time" viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`
}

/** Reasons behind the state: the cache, the difference, and the step before. */
function reasonOf({ state, reason, cache, after, start, waited }: ReportedStep): Html {
  const isCached = state === 'cached'
  const late = after === undefined ? 0 : start - after.end
  const parts: readonly Html[] = [
    ...(isCached && cache !== undefined ? [html`in ${cut(cache)}`] : []),
    ...(reason === undefined ? [] : [html`${cut(reason)}`]),
    ...(waited === 0 ? [] : [html`waited ${formatDuration(waited)} for another build`]),
    ...(isCached || after === undefined
      ? []
      : [
          html`waited for <a href="#step-${after.number}">step ${after.number}</a>${late < notable ? '' : ` and ${formatDuration(late)} more`}`,
        ]),
    ...(state === 'failed' ? [html`<a href="#failure">see the failure</a>`] : []),
  ]
  return html`${parts.map((part) => html`; ${part}`)}`
}
