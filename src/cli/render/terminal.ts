import type { StepOutline } from '../../progress/event.ts'
import { LogLines } from '../../progress/log-lines.ts'
import type { ProgressState, VertexState } from '../../progress/progress-state.ts'
import { type Watch, watchState } from '../../progress/reporter.ts'
import type { Sink } from '../invocation/invocation.ts'
import { describeCopied } from './describe-transfer.ts'
import { composeFrame, finishedLine, type FrameCounts, type FrameSize, paint } from './frame.ts'
import { isActive } from './is-active.ts'
import { LiveRegion } from './live-region.ts'
import { formatWarning } from './plain.ts'
import type { Renderer, RenderOptions } from './renderer.ts'
import { safeText } from './safe-text.ts'
import { listWaiting } from './waiting-steps.ts'

/** Lines of log printed for a failed step. */
const tailLines = 30

/** Input of a live view beside its sink. */
export interface TerminalOptions extends RenderOptions {
  /** Calls `tick` from time to time until the returned function is called. */
  readonly repeat: (tick: () => void) => () => void
}

/**
 * A live view: finished steps scroll away, running ones stay at the bottom with the ends of their
 * logs. Draws on ticks only.
 */
export function terminalRenderer(sink: Sink, options: TerminalOptions): Renderer {
  const view = new TerminalView(sink, options)
  const stop = options.repeat(() => view.draw())
  return {
    report: watchState((...change) => view.take(...change)),
    close: () => {
      stop()
      view.close()
    },
  }
}

class TerminalView {
  readonly #sink: Sink
  readonly #options: RenderOptions
  readonly #region: LiveRegion
  readonly #logs = new Map<string, LogLines>()
  readonly #started: number
  #total: number | undefined
  #graph: readonly StepOutline[] = []
  /** Lines that wait to be put above the region. */
  #above: string[] = []
  #state: ProgressState = new Map()

  constructor(sink: Sink, options: RenderOptions) {
    this.#sink = sink
    this.#options = options
    this.#region = new LiveRegion(sink)
    this.#started = options.now()
  }

  take(...[event, state, before]: Parameters<Watch>): void {
    if (event.type === 'warning') {
      this.#above.push(paint('33', formatWarning(event), this.#options))
      return
    }
    if (event.type === 'build-started') {
      this.#total = event.steps
      this.#graph = event.graph ?? []
      return
    }
    if (event.type === 'image-copied') {
      this.#above.push(...describeCopied(event))
      return
    }
    const vertex = state.get(event.vertex)
    this.#state = state
    if (event.type === 'vertex-started' && event.reason !== undefined && this.#options.explain === true)
      this.#above.push(safeText(`${event.name} runs: ${event.reason}`))
    if (event.type === 'log') this.#linesOf(event.vertex).push(event.stream, event.data)
    // A failed step waits for the end, where its log is.
    if (
      vertex !== undefined &&
      !isActive(vertex) &&
      vertex.status !== 'failed' &&
      (before === undefined || isActive(before))
    ) {
      this.#above.push(finishedLine(vertex, this.#size()))
    }
  }

  draw(): void {
    const vertices = [...this.#state.values()]
    const running = vertices.filter(isActive)
    const now = this.#options.now()
    const frame = composeFrame(
      {
        running,
        waiting: listWaiting(this.#graph, this.#state),
        counts: this.#count(vertices),
        started: this.#started,
        now,
        tailOf: ({ id }) => this.#logs.get(id)?.tail() ?? [],
      },
      this.#size(),
    )
    this.#region.draw(this.#above, frame)
    this.#above = []
  }

  close(): void {
    const failed = [...this.#state.values()].filter(({ status }) => status === 'failed')
    this.#region.end([...this.#above, ...failed.flatMap((vertex) => this.#tailOf(vertex))])
    this.#above = []
  }

  #count(vertices: readonly VertexState[]): FrameCounts {
    const count = (wanted: VertexState['status']): number => vertices.filter(({ status }) => status === wanted).length
    const counts = { done: count('done'), cached: count('cached') }
    if (this.#total === undefined) return counts
    const ended = vertices.filter(({ id, status }) => isStep(id) && (status === 'done' || status === 'cached')).length
    return { ...counts, steps: { ended, total: this.#total } }
  }

  #tailOf(vertex: VertexState): readonly string[] {
    const tail = this.#logs.get(vertex.id)?.tail() ?? []
    return [finishedLine(vertex, this.#size()), ...tail.map((line) => `   ${safeText(line, this.#options)}`)]
  }

  #linesOf(id: string): LogLines {
    const lines = this.#logs.get(id) ?? new LogLines(tailLines)
    this.#logs.set(id, lines)
    return lines
  }

  #size(): FrameSize {
    // A window of size 0 is what some CI terminals claim.
    const { colors, verbose = false } = this.#options
    return { columns: this.#sink.columns || 80, rows: this.#sink.rows || 24, colors, verbose }
  }
}

/** Steps have their keys as ids; a build that gives up a cache numbers them anew. */
function isStep(id: string): boolean {
  return /^(\d+-)?sha256:/.test(id)
}
