import type { Sink } from '../invocation/invocation.ts'
import { textWidth } from './text-width.ts'

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'

/**
 * The bottom lines of a terminal, drawn over and over, with finished lines scrolling away above
 * them.
 */
export class LiveRegion {
  readonly #sink: Sink
  #drawn: readonly string[] = []

  constructor(sink: Sink) {
    this.#sink = sink
  }

  /**
   * Puts `above` where it stays and `lines` in place of what was drawn before; one write, so that
   * nothing flickers.
   */
  draw(above: readonly string[], lines: readonly string[]): void {
    if (
      above.length === 0 &&
      lines.length === this.#drawn.length &&
      lines.every((line, index) => line === this.#drawn[index])
    )
      return
    const text = [...above, ...lines].map((line) => `${line}\n`).join('')
    this.#sink.write(`${this.#drawn.length === 0 ? hideCursor : this.#erase()}${text}`)
    this.#drawn = lines
  }

  /** Leaves `above` and an empty region behind, the cursor visible. */
  end(above: readonly string[]): void {
    const erase = this.#drawn.length === 0 ? '' : this.#erase()
    this.#sink.write(`${erase}${above.map((line) => `${line}\n`).join('')}${showCursor}`)
    this.#drawn = []
  }

  #erase(): string {
    // A window made narrower since has wrapped the lines: they take more rows than they were.
    const columns = this.#sink.columns || 80
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(textWidth(line) / columns)), 0)
    return `\r\u001b[${rows}A\u001b[J`
  }
}
