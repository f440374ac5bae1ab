import type { Sink } from '../invocation/invocation.ts'
import { textWidth } from '../render/text-width.ts'

/**
 * A terminal for tests. Knows the few sequences the live view may use and throws for any other:
 * nothing else may ever get through.
 */
export class TestScreen implements Sink {
  readonly isTTY = true
  columns: number
  rows: number
  cursorVisible = true
  /** Every row ever shown, the visible ones last; colours taken out. */
  readonly #lines: string[] = ['']

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
  }

  write(text: string | Uint8Array): boolean {
    for (const [token] of String(text).matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[\s\S]/gu)) this.#take(token)
    return true
  }

  /** The rows so far, without the empty one the cursor is in. */
  get lines(): readonly string[] {
    return this.#lines.slice(0, -1)
  }

  #take(token: string): void {
    const [, rows] = /^\u001b\[(\d+)A$/.exec(token) ?? []
    if (token === '\n') this.#lines.push('')
    else if (rows !== undefined) this.#up(Number(rows))
    else if (token === '\u001b[?25l' || token === '\u001b[?25h') this.cursorVisible = token.endsWith('h')
    else if (token === '\u001b[J' || token === '\r' || /^\u001b\[[\d;]*m$/.test(token)) return
    else if (/\p{Cc}/u.test(token)) throw new Error(`The view wrote ${JSON.stringify(token)}`)
    else this.#print(token)
  }

  /** Up and, since the view always clears from there, gone. */
  #up(rows: number): void {
    if (rows >= this.rows) throw new Error(`The view moved up ${rows} rows of ${this.rows}`)
    this.#lines.splice(this.#lines.length - 1 - rows, rows)
  }

  #print(character: string): void {
    const line = (this.#lines.at(-1) ?? '') + character
    if (textWidth(line) > this.columns) this.#lines.push(character)
    else this.#lines[this.#lines.length - 1] = line
  }
}
