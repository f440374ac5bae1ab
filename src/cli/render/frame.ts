import type { VertexState } from '../../progress/progress-state.ts'
import { describeTransfers } from './describe-transfer.ts'
import { waitingText } from './format.ts'
import { formatDuration } from '../../units.ts'
import { safeText } from './safe-text.ts'
import { textWidth, truncateText } from './text-width.ts'

/** Lines of log shown under one running step at most. */
const mostLogLines = 6

/** Content of a frame of the live view. */
export interface FrameContent {
  readonly running: readonly VertexState[]
  readonly counts: { readonly done: number; readonly cached: number }
  /** Milliseconds since 1970. */
  readonly started: number
  readonly now: number
  /** The last lines of a step's log, raw. */
  readonly tailOf: (vertex: VertexState) => readonly string[]
}

/** Room there is, and whether colours may be used. */
export interface FrameSize {
  readonly columns: number
  readonly rows: number
  readonly colors: boolean
}

/**
 * The lines of one frame: running steps with the ends of their logs, then a summary. Never wider
 * nor higher than the window.
 */
export function composeFrame(content: FrameContent, size: FrameSize): readonly string[] {
  // One row for the summary, one for the cursor behind it.
  const room = Math.max(0, size.rows - 2)
  const shown = content.running.slice(0, content.running.length > room ? Math.max(0, room - 1) : room)
  const hidden = content.running.length - shown.length
  const logRows = Math.max(0, room - shown.length - (hidden > 0 ? 1 : 0))
  const each = Math.min(mostLogLines, Math.floor(logRows / Math.max(1, shown.length)))
  const steps = shown.flatMap((vertex) => [
    stepLine(` > ${safeText(vertex.name)}`, describeState(vertex, content.now), size),
    ...(each === 0 ? [] : content.tailOf(vertex).slice(-each)).map((line) => dim(`   ${safeText(line)}`, size)),
  ])
  const more = hidden > 0 && room > 0 ? [dim(`   and ${hidden} more`, size)] : []
  const { done, cached } = content.counts
  const summary = `   ${formatDuration(content.now - content.started)}  ${content.running.length} running, ${done} done, ${cached} cached`
  // A window of one row has no room that could be drawn over again.
  return size.rows < 2 ? [] : [...steps, ...more, dim(summary, size)]
}

/** The line a finished step leaves behind. */
export function finishedLine(vertex: VertexState, size: FrameSize): string {
  const duration = formatDuration((vertex.finished ?? 0) - (vertex.started ?? vertex.finished ?? 0))
  switch (vertex.status) {
    case 'cached':
      return stepLine(` ${paint('36', '✓', size)} ${safeText(vertex.name)}`, 'cached', size)
    case 'canceled':
      return stepLine(`   ${safeText(vertex.name)}`, 'canceled', size)
    case 'failed':
      return stepLine(` ${paint('31', '✗', size)} ${safeText(vertex.name)}`, duration, size)
    default:
      return stepLine(` ${paint('32', '✓', size)} ${safeText(vertex.name)}`, duration, size)
  }
}

/** Text in an SGR colour, where colours may be used. */
export function paint(sgr: string, text: string, { colors }: Pick<FrameSize, 'colors'>): string {
  return colors ? `\u001b[${sgr}m${text}\u001b[0m` : text
}

/** State and time of a running step, which stay whole where its name is cut. */
function describeState(vertex: VertexState, now: number): string {
  const work = vertex.status === 'waiting' ? waitingText : describeTransfers(vertex, now)
  const time = formatDuration(now - (vertex.started ?? now))
  return work === '' ? time : `${work}  ${time}`
}

function stepLine(left: string, right: string, { columns }: FrameSize): string {
  // The last column stays free: some terminals wrap when it is written.
  const room = columns - 1
  const name = truncateText(left, room - right.length - 1)
  if (room < right.length + 8) return truncateText(left, room)
  return `${name}${' '.repeat(Math.max(1, Math.min(room, 120) - textWidth(name) - right.length))}${right}`
}

function dim(text: string, size: FrameSize): string {
  return paint('2', truncateText(text, size.columns - 1), size)
}
