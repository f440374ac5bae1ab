import type { VertexState } from '../../progress/progress-state.ts'
import { describeTransfers } from './describe-transfer.ts'
import { waitingText } from './format.ts'
import { formatDuration } from '../../units.ts'
import { safeText } from './safe-text.ts'
import type { RenderOptions } from './renderer.ts'
import { stepName } from './step-name.ts'
import { textWidth, truncateText } from './text-width.ts'
import type { WaitingStep } from './waiting-steps.ts'

/** Lines of log shown under one running step at most. */
const mostLogLines = 6
/** Waiting steps that are shown, in a window of at least so many rows. */
const mostWaiting = 3
const rowsForWaiting = 10
/** Columns that a line uses at most; the eye loses longer ones. */
const widest = 140
/** Columns that stay for the name of a step beside its numbers. */
const leastName = 24
const barWidth = 16

/** Content of a frame of the live view. */
export interface FrameContent {
  readonly running: readonly VertexState[]
  /** Steps that will be next. */
  readonly waiting: readonly WaitingStep[]
  readonly counts: FrameCounts
  /** Milliseconds since 1970. */
  readonly started: number
  readonly now: number
  /** The last lines of a step's log, raw. */
  readonly tailOf: (vertex: VertexState) => readonly string[]
}

/** Numbers of the last line. */
export interface FrameCounts {
  readonly done: number
  readonly cached: number
  /** Steps of the Dockerfile that are done or cached, and all of them, where that is known. */
  readonly steps?: { readonly ended: number; readonly total: number }
}

/** Room there is, and the form of texts. */
export interface FrameSize extends Pick<RenderOptions, 'colors' | 'verbose'> {
  readonly columns: number
  readonly rows: number
}

/**
 * The lines of one frame: running steps with the ends of their logs, the steps that wait for them,
 * then a summary. Never wider nor higher than the window.
 */
export function composeFrame(content: FrameContent, size: FrameSize): readonly string[] {
  // One row for the summary, one for the cursor behind it.
  const room = Math.max(0, size.rows - 2)
  const shown = content.running.slice(0, content.running.length > room ? Math.max(0, room - 1) : room)
  const hidden = content.running.length - shown.length
  const free = Math.max(0, room - shown.length - (hidden > 0 ? 1 : 0))
  const waiting = size.rows < rowsForWaiting ? [] : content.waiting.slice(0, Math.min(mostWaiting, free))
  const each = Math.min(mostLogLines, Math.floor((free - waiting.length) / Math.max(1, shown.length)))
  const steps = shown.flatMap((vertex) => [
    stepLine(` > ${stepName(vertex.name, size)}`, factsOf(vertex, content.now), size),
    ...(each === 0 ? [] : content.tailOf(vertex).slice(-each)).map((line) => dim(`   ${safeText(line)}`, size)),
  ])
  const more = hidden > 0 && room > 0 ? [dim(`   and ${hidden} more`, size)] : []
  const next = waiting.map((step) => paint('2', waitingLine(step, size), size))
  // A window of one row has no room that could be drawn over again.
  return size.rows < 2 ? [] : [...steps, ...more, ...next, dim(summarize(content), size)]
}

/** The line a finished step leaves behind. */
export function finishedLine(vertex: VertexState, size: FrameSize): string {
  const duration = formatDuration((vertex.finished ?? 0) - (vertex.started ?? vertex.finished ?? 0))
  const name = stepName(vertex.name, size)
  switch (vertex.status) {
    case 'cached':
      return stepLine(` ${paint('36', '✓', size)} ${name}`, ['cached'], size)
    case 'canceled':
      return stepLine(`   ${name}`, ['canceled'], size)
    case 'failed':
      return stepLine(` ${paint('31', '✗', size)} ${name}`, [duration], size)
    default:
      return stepLine(` ${paint('32', '✓', size)} ${name}`, [duration], size)
  }
}

/** Text in an SGR colour, where colours may be used. */
export function paint(sgr: string, text: string, { colors }: Pick<FrameSize, 'colors'>): string {
  return colors ? `\u001b[${sgr}m${text}\u001b[0m` : text
}

/** State and time of a running step. */
function factsOf(vertex: VertexState, now: number): readonly string[] {
  const work = vertex.status === 'waiting' ? waitingText : describeTransfers(vertex, now)
  const time = formatDuration(now - (vertex.started ?? now))
  return work === '' ? [time] : [work, time]
}

function waitingLine({ name, after }: WaitingStep, size: FrameSize): string {
  const names = after.map((one) => truncateText(stepName(labelOf(one), size), 30))
  const others = names.length > 1 ? ` and ${names.length - 1} more` : ''
  return stepLine(` - ${stepName(name, size)}`, [`waits for ${names[0] ?? ''}${others}`], size)
}

/** `[build 2/5]` of `[build 2/5] RUN npm ci`. */
function labelOf(name: string): string {
  return /^\[[^\]]{1,24}\]/.exec(name)?.[0] ?? name
}

function summarize({ now, started, running, counts }: FrameContent): string {
  const { done, cached, steps } = counts
  const time = `   ${formatDuration(now - started)}  `
  if (steps === undefined) return `${time}${running.length} running, ${done} done, ${cached} cached`
  const { ended, total } = steps
  const full = Math.round((Math.min(ended, total) / Math.max(1, total)) * barWidth)
  const bar = `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`
  return `${time}${bar}  ${ended} of ${total} steps, ${cached} cached, ${running.length} running`
}

/** A name with facts at the right side: as many as leave room for the name, the last ones first. */
function stepLine(left: string, facts: readonly string[], { columns }: FrameSize): string {
  // The last column stays free: some terminals wrap when it is written.
  const room = Math.min(columns - 1, widest)
  const right = facts.map((_, index) => facts.slice(index).join('  '))
  const chosen = right.find((text) => room - textWidth(text) >= leastName) ?? right.at(-1) ?? ''
  if (room < textWidth(chosen) + 8) return truncateText(left, room)
  const name = truncateText(left, room - textWidth(chosen) - 1)
  return `${name}${' '.repeat(Math.max(1, room - textWidth(name) - textWidth(chosen)))}${chosen}`
}

function dim(text: string, size: FrameSize): string {
  return paint('2', truncateText(text, size.columns - 1), size)
}
