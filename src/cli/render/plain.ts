import type { BuildEvent } from '../../progress/event.ts'
import { LogLines } from '../../progress/log-lines.ts'
import { watchState } from '../../progress/reporter.ts'
import type { ProgressState, VertexState } from '../../progress/progress-state.ts'
import type { Sink } from '../invocation/invocation.ts'
import { waitingText } from './format.ts'
import { formatBytes } from '../../units.ts'
import { describeCopied, describeTransfers, formatRate, shortDigest } from './describe-transfer.ts'
import type { Renderer, RenderOptions } from './renderer.ts'
import { safeText } from './safe-text.ts'
import { stepName } from './step-name.ts'

/** A transfer that goes on is mentioned this often, in milliseconds. */
const transferInterval = 5000
/** Lines of log repeated for a failed step, unless they are the last but as many others. */
const tailLines = 10

/**
 * One line for each thing that happens, prefixed with the number of its step: for logs, CI, and
 * everything that is no terminal.
 */
export function plainRenderer(sink: Pick<Sink, 'write'>, options: RenderOptions): Renderer {
  const view = new PlainView(sink, options)
  return { report: watchState((event, state) => view.show(event, state)), close: (error) => view.close(error) }
}

class PlainView {
  readonly #sink: Pick<Sink, 'write'>
  readonly #options: RenderOptions
  readonly #logs = new Map<string, LogLines>()
  readonly #announced = new Set<string>()
  /** Times of the first event and of the last line of each transfer, or of all of a step. */
  readonly #transfers = new Map<string, { readonly started: number; readonly shown: number }>()
  /** With the line each ended in, where its log was the last thing printed. */
  readonly #failed: { readonly vertex: VertexState; readonly endsAt?: number }[] = []
  /** Of one step, printed without a line of another between them. */
  #together = { vertex: '', lines: 0 }
  #printed = 0

  constructor(sink: Pick<Sink, 'write'>, options: RenderOptions) {
    this.#sink = sink
    this.#options = options
  }

  show(event: BuildEvent, state: ProgressState): void {
    if (event.type === 'warning') return this.#print(formatWarning(event))
    if (event.type === 'build-started') return
    if (event.type === 'image-copied') return this.#print(describeCopied(event).join('\n'))
    const vertex = state.get(event.vertex)
    if (vertex === undefined) return
    this.#announce(vertex)
    switch (event.type) {
      case 'vertex-started':
        return this.#explain(vertex, event.reason)
      case 'vertex-waiting':
        return this.#say(vertex, waitingText)
      case 'vertex-cached':
        return this.#say(vertex, event.cache === undefined ? 'CACHED' : `CACHED from ${safeText(event.cache)}`)
      case 'log':
        return this.#log(vertex, this.#linesOf(vertex).push(event.stream, event.data))
      case 'transfer':
        return this.#transfer(vertex, event)
      case 'vertex-finished':
        return this.#finish(vertex)
    }
  }

  close(error: unknown): void {
    const told = error instanceof Error ? error.message : ''
    for (const { vertex, endsAt } of this.#failed) {
      if (endsAt === undefined || this.#printed - endsAt > tailLines) this.#repeat(vertex)
      const { error: message = '' } = vertex
      if (!told.includes(message)) this.#say(vertex, `ERROR: ${safeText(message)}`)
    }
  }

  #repeat({ id, name }: VertexState): void {
    const tail = this.#logs.get(id)?.tail() ?? []
    if (tail.length === 0) return
    this.#print(
      ['------', ` > ${stepName(name, this.#options)}:`, ...tail.map((line) => this.#safe(line)), '------'].join('\n'),
    )
  }

  #announce(vertex: VertexState): void {
    if (this.#announced.has(vertex.id)) return
    if (this.#announced.size > 0) this.#print('')
    this.#announced.add(vertex.id)
    this.#say(vertex, stepName(vertex.name, this.#options))
  }

  #explain(vertex: VertexState, reason: string | undefined): void {
    if (this.#options.explain === true && reason !== undefined) this.#say(vertex, `runs: ${safeText(reason)}`)
  }

  #finish(vertex: VertexState): void {
    this.#log(vertex, this.#logs.get(vertex.id)?.flush() ?? [])
    const seconds = `${elapsed(vertex).toFixed(1)}s`
    if (vertex.status === 'done') this.#say(vertex, `DONE ${seconds}${this.#describeMoved(vertex)}`)
    if (vertex.status === 'canceled') this.#say(vertex, `CANCELED ${seconds}`)
    if (vertex.status !== 'failed') return
    this.#say(vertex, `ERROR ${seconds}`)
    const tail = this.#logs.get(vertex.id)?.tail() ?? []
    const whole = this.#together.vertex === vertex.id && this.#together.lines > tail.length
    this.#failed.push({ vertex, ...(whole && { endsAt: this.#printed }) })
  }

  /** Bytes that a step moved, where they have no lines of their own. */
  #describeMoved({ transfers }: VertexState): string {
    if (this.#eachTransfer) return ''
    const bytes = [...transfers.values()].reduce((sum, { done, skipped }) => sum + (skipped === true ? 0 : done), 0)
    return bytes === 0 ? '' : `, ${formatBytes(bytes)}`
  }

  #transfer(vertex: VertexState, event: Extract<BuildEvent, { type: 'transfer' }>): void {
    const { id, done, total, skipped } = event
    const now = this.#options.now()
    const key = this.#eachTransfer ? `${vertex.id}\n${id}` : vertex.id
    const { started, shown } = this.#transfers.get(key) ?? { started: now, shown: now }
    const isLast = this.#eachTransfer && done === total
    // Empty between two contents of a step.
    const summary = this.#eachTransfer ? undefined : describeTransfers(vertex, now)
    const isShown = isLast || (now - shown >= transferInterval && summary !== '')
    this.#transfers.set(key, { started, shown: isShown ? now : shown })
    if (!isShown) return
    if (summary !== undefined) return this.#say(vertex, summary)
    const bytes = isLast || total === undefined ? formatBytes(done) : `${formatBytes(done)} / ${formatBytes(total)}`
    const rest = isLast ? (skipped ?? 'done') : formatRate(done, now - started)
    this.#say(vertex, safeText(`${this.#options.verbose === true ? id : shortDigest(id)} ${bytes} ${rest}`))
  }

  get #eachTransfer(): boolean {
    const { verbose = false, eachTransfer = verbose } = this.#options
    return eachTransfer
  }

  #log(vertex: VertexState, lines: readonly string[]): void {
    const seconds = Math.max(0, this.#options.now() - (vertex.started ?? this.#options.now())) / 1000
    for (const line of lines) this.#say(vertex, `${seconds.toFixed(3)} ${this.#safe(line)}`)
  }

  #linesOf(vertex: VertexState): LogLines {
    const lines = this.#logs.get(vertex.id) ?? new LogLines(tailLines)
    this.#logs.set(vertex.id, lines)
    return lines
  }

  #safe(line: string): string {
    return safeText(line, this.#options)
  }

  #say(vertex: VertexState, text: string): void {
    const { vertex: last, lines } = this.#together
    this.#print(`#${vertex.number} ${text}`)
    this.#together = { vertex: vertex.id, lines: last === vertex.id ? lines + 1 : 1 }
  }

  #print(text: string): void {
    this.#printed += 1
    this.#together = { vertex: '', lines: 0 }
    this.#sink.write(`${text}\n`)
  }
}

/** One line: `WARNING: Code: message (line 3)`. The code is the name that `# check=skip=` takes. */
export function formatWarning({ code, message, line }: WarningText): string {
  return `WARNING: ${safeText(`${code}: ${message}`)}${line === undefined ? '' : ` (line ${line})`}`
}

/** The members of a warning that the line shows. */
interface WarningText {
  readonly code: string
  readonly message: string
  readonly line?: number
}

/** Seconds a finished step took. */
function elapsed({ started, finished }: VertexState): number {
  return Math.max(0, (finished ?? 0) - (started ?? finished ?? 0)) / 1000
}
