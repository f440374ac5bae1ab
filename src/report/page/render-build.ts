import { formatBytes, formatDuration } from '../../units.ts'
import type { BuildReport, ReportedImage, ReportedStep } from '../model/build-report.ts'
import { cut, notes, renderDocument, type Section, sums } from './document.ts'
import { dockerfileSection } from './dockerfile-section.ts'
import { type Html, html } from './html.ts'
import { imageSections, imageSummary } from './image-sections.ts'
import { timelineSection } from './timeline.ts'

/** Images with all details; each may take a megabyte. */
const mostImages = 8

/** Programs colour their output (ECMA-48 § 8.3.117, SGR); other sequences show as they are. */
const colours = /\u001b\[[\d;:]*m/g

/** Failed steps whose output is shown; a build ends with the first. */
const mostFailures = 5

/** A page about a build. */
export function renderBuild(build: BuildReport): string {
  const { name, digest, started, failure, images } = build
  return renderDocument({
    title: name,
    about: [
      ...(digest === undefined ? [] : [html`<code>${digest}</code>`]),
      html`${failure === undefined ? 'Built' : 'Failed'} ${new Date(started).toISOString().replace(/\.\d+Z$/, 'Z')}`,
    ],
    summary: html`${sums(totals(build))}${notes(remarks(build))}`,
    sections: [
      ...failureSection(build),
      timelineSection(build),
      ...dockerfileSection(build),
      ...images.slice(0, mostImages).flatMap((image, index) => sectionsOf(image, index, images.length)),
    ],
  })
}

function totals({ duration, steps, warnings, images }: BuildReport): readonly (readonly [string, string])[] {
  const own = steps.filter(({ kind }) => kind === 'step')
  const cached = own.filter(({ state }) => state === 'cached').length
  const critical = steps.filter(({ isCritical }) => isCritical).reduce((sum, { start, end }) => sum + end - start, 0)
  return [
    ['Time', formatDuration(duration)],
    ['On the critical path', formatDuration(critical)],
    ['Steps from the cache', `${cached} of ${own.length}`],
    ['Warnings', String(warnings.length)],
    ...(images.length === 0
      ? []
      : ([['Layers, as published', formatBytes(images.reduce((sum, { size }) => sum + size, 0))]] as const)),
  ]
}

function remarks({ notes: own, images }: BuildReport): readonly string[] {
  return images.length <= mostImages
    ? own
    : [...own, `images of ${images.length - mostImages} more platforms are left out`]
}

function failureSection({ failure, steps }: BuildReport): readonly Section[] {
  if (failure === undefined) return []
  const { code, message, hint, line } = failure
  const failed = steps.filter(({ state }) => state === 'failed').slice(0, mostFailures)
  const content = html`<div class="failure"><p><strong>${cut(message)}</strong></p>
<p class="soft"><code>${code}</code>${line === undefined ? '' : html`, <a href="#line-${line}">line ${line}</a>`}</p>
${hint === undefined ? '' : html`<p>Hint: ${cut(hint)}</p>`}</div>
${failed.map((step) => showLog(step, message))}`
  return [{ id: 'failure', title: 'Failure', content }]
}

/** The output of a step that failed. Its error is left out where the build has the same. */
function showLog({ number, name, start, end, log, error = '' }: ReportedStep, message: string): Html {
  const facts = [
    ...(error === '' || message.includes(error) ? [] : [error]),
    `failed after ${formatDuration(end - start)}`,
    log.length === 0 ? 'no output' : `the last ${log.length} lines of output:`,
  ]
  const output = html`<pre tabindex="0" role="region" aria-label="The last lines of the step that failed">${log.map(
    (line) => html`${cut(line.replaceAll(colours, ''))}
`,
  )}</pre>`
  return html`<h3><a href="#step-${number}">${cut(name)}</a></h3>
<p class="soft">${cut(facts.join(', '))}</p>
${log.length === 0 ? '' : output}`
}

/** The sections of an image; its platform is in their titles where there are several. */
function sectionsOf(image: ReportedImage, index: number, count: number): readonly Section[] {
  const { platform, digest } = image
  const about = html`<p class="soft">${platform}${digest === undefined ? '' : html` <code>${digest}</code>`}</p>`
  const suffix = count === 1 ? '' : ` of ${platform}`
  const prefix = count === 1 ? '' : `-${index + 1}`
  return [
    { id: `image${prefix}`, title: `Image${suffix}`, content: html`${about}${imageSummary(image)}` },
    ...imageSections(image).map(({ id, title, content }) => ({
      id: `${id}${prefix}`,
      title: `${title}${suffix}`,
      content,
    })),
  ]
}
