import type { BuildEvent } from '../../progress/event.ts'
import { LogLines } from '../../progress/log-lines.ts'
import type { ProgressState, VertexState } from '../../progress/progress-state.ts'
import { watchState } from '../../progress/reporter.ts'
import type { Annotation, CiService } from '../ci/ci-service.ts'
import type { Sink } from '../invocation/invocation.ts'
import { waitingText } from './format.ts'
import { formatDuration } from '../../units.ts'
import { describeCopied } from './describe-transfer.ts'
import { formatWarning } from './plain.ts'
import type { Renderer, RenderOptions } from './renderer.ts'
import { safeText } from './safe-text.ts'
import { stepName } from './step-name.ts'

/** Characters of steps that wait for their section; with more, the open section is interrupted. */
const mostHeld = 1_000_000
/** Lines of log repeated below the sections for a failed step. */
const tailLines = 30

const lastWords: Partial<Record<VertexState['status'], string>> = {
  done: 'DONE',
  failed: 'ERROR',
  canceled: 'CANCELED',
}

/** Input of the view for a CI service beside its sink. */
export interface GroupedOptions extends RenderOptions {
  readonly service: CiService
  /** The line for a remark about the Dockerfile, where the service has such lines. */
  readonly annotate: (remark: Annotation) => string | undefined
}

/**
 * A section for each step that runs, in the marks of a CI service. One section is open at a time:
 * steps that run beside it wait until it ends, and a lot of output interrupts it.
 */
export function groupedRenderer(sink: Pick<Sink, 'write'>, options: GroupedOptions): Renderer {
  const view = new GroupedView(sink, options)
  return { report: watchState((event, state) => view.show(event, state)), close: (error) => view.close(error) }
}

/** Lines of a step that wait for its section. */
interface Held {
  readonly vertex: VertexState
  readonly lines: string[]
  /** No more lines come. */
  readonly ended: boolean
}

class GroupedView {
  readonly #sink: Pick<Sink, 'write'>
  readonly #options: GroupedOptions
  readonly #logs = new Map<string, LogLines>()
  readonly #held = new Map<string, Held>()
  readonly #failed: VertexState[] = []
  #heldSize = 0
  #open: VertexState | undefined

  constructor(sink: Pick<Sink, 'write'>, options: GroupedOptions) {
    this.#sink = sink
    this.#options = options
  }

  show(event: BuildEvent, state: ProgressState): void {
    if (event.type === 'warning') return this.#warn(event)
    if (event.type === 'build-started') return
    if (event.type === 'image-copied') return this.#print(describeCopied(event).join('\n'))
    const vertex = state.get(event.vertex)
    if (vertex === undefined) return
    switch (event.type) {
      case 'vertex-started':
        if (this.#options.explain === true && event.reason !== undefined)
          return this.#say(vertex, `runs: ${this.#safe(event.reason)}`)
        return this.#say(vertex)
      case 'vertex-waiting':
        return this.#say(vertex, waitingText)
      case 'vertex-cached':
        return this.#conclude(vertex, `CACHED${event.cache === undefined ? '' : ` from ${this.#safe(event.cache)}`}`)
      case 'log':
        return this.#log(vertex, this.#linesOf(vertex).push(event.stream, event.data))
      case 'transfer':
        return
      case 'vertex-finished':
        return this.#finish(vertex)
    }
  }

  close(error: unknown): void {
    this.#interrupt()
    const message = error instanceof Error ? error.message : ''
    for (const vertex of this.#failed) {
      const tail = this.#logs.get(vertex.id)?.tail() ?? []
      if (tail.length > 0) {
        const text = tail.map((line) => this.#safe(line))
        this.#print(['------', ` > ${this.#name(vertex)}:`, ...text, '------'].join('\n'))
      }
      if (vertex.error !== undefined && !message.includes(vertex.error))
        this.#print(`ERROR: ${this.#name(vertex)}: ${this.#safe(vertex.error)}`)
    }
  }

  #warn(warning: Extract<BuildEvent, { type: 'warning' }>): void {
    const { code, message, line } = warning
    const remark = {
      level: 'warning',
      message: safeText(`${code}: ${message}`),
      ...(line !== undefined && { line }),
    } as const
    this.#print(this.#options.annotate(remark) ?? this.#disarm(formatWarning(warning)))
  }

  #log(vertex: VertexState, lines: readonly string[]): void {
    const seconds = Math.max(0, this.#options.now() - (vertex.started ?? this.#options.now())) / 1000
    if (lines.length > 0)
      this.#say(vertex, ...lines.map((line) => `${seconds.toFixed(1).padStart(5)} ${this.#safe(line)}`))
  }

  #finish(vertex: VertexState): void {
    this.#log(vertex, this.#logs.get(vertex.id)?.flush() ?? [])
    if (vertex.status === 'cached') return
    const duration = formatDuration((vertex.finished ?? 0) - (vertex.started ?? vertex.finished ?? 0))
    if (vertex.status === 'failed') this.#failed.push(vertex)
    else this.#logs.delete(vertex.id)
    this.#conclude(vertex, `${lastWords[vertex.status]} ${duration}`)
  }

  /** The last line of a step. */
  #conclude(vertex: VertexState, line: string): void {
    if (this.#open?.id !== vertex.id) return this.#hold(vertex, [line], true)
    this.#print(line)
    this.#end(vertex)
    this.#next()
  }

  /** Lines of a running step: printed where its section is open or can be, else held. */
  #say(vertex: VertexState, ...lines: readonly string[]): void {
    if (this.#open === undefined) this.#begin(vertex)
    if (this.#open?.id !== vertex.id) return this.#hold(vertex, lines, false)
    for (const line of lines) this.#print(line)
  }

  #hold(vertex: VertexState, lines: readonly string[], ended: boolean): void {
    const earlier = this.#held.get(vertex.id)?.lines ?? []
    earlier.push(...lines)
    this.#held.set(vertex.id, { vertex, lines: earlier, ended })
    this.#heldSize += lines.reduce((sum, { length }) => sum + length, 0)
    if (this.#open === undefined) return this.#next()
    if (this.#heldSize > mostHeld) this.#interrupt()
  }

  /** After a section: the steps that ended meanwhile, then one that goes on. */
  #next(): void {
    const waiting = [...this.#held.values()]
    for (const held of waiting.filter(({ ended }) => ended)) this.#release(held)
    const running = waiting.find(({ ended }) => !ended)
    if (running !== undefined) this.#release(running)
  }

  /** Ends the open section and prints everything that waits. */
  #interrupt(): void {
    if (this.#open !== undefined) this.#end(this.#open)
    for (const held of this.#held.values()) {
      this.#release(held)
      if (this.#open !== undefined) this.#end(this.#open)
    }
  }

  #release({ vertex, lines, ended }: Held): void {
    this.#held.delete(vertex.id)
    this.#heldSize -= lines.reduce((sum, { length }) => sum + length, 0)
    // A step without output needs no section.
    if (ended && lines.length === 1) return this.#print(`${this.#name(vertex)} ${lines[0]}`)
    this.#begin(vertex)
    for (const line of lines) this.#print(line)
    if (ended) this.#end(vertex)
  }

  #begin(vertex: VertexState): void {
    this.#open = vertex
    this.#print(this.#options.service.open(this.#section(vertex)))
  }

  #end(vertex: VertexState): void {
    const { service } = this.#options
    if (vertex.status === 'failed' && service.expand !== undefined) this.#print(service.expand())
    if (service.close !== undefined) this.#print(service.close(this.#section(vertex)))
    this.#open = undefined
  }

  #section(vertex: VertexState): { title: string; number: number; time: number } {
    return { title: this.#name(vertex), number: vertex.number, time: this.#options.now() }
  }

  #linesOf(vertex: VertexState): LogLines {
    const lines = this.#logs.get(vertex.id) ?? new LogLines(tailLines)
    this.#logs.set(vertex.id, lines)
    return lines
  }

  #name({ name }: VertexState): string {
    return this.#disarm(stepName(name, this.#options))
  }

  #safe(line: string): string {
    return this.#disarm(safeText(line, this.#options))
  }

  #disarm(line: string): string {
    return this.#options.service.disarm(line)
  }

  #print(text: string): void {
    this.#sink.write(`${text}\n`)
  }
}
