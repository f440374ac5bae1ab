/** A character on the screen, with the SGR codes that were set. */
export interface Cell {
  readonly text: string
  /** Empty for the default; `2` is dim, `31` red. */
  readonly style: string
}

/** Content of a terminal: rows of cells. */
export type Picture = readonly (readonly Cell[])[]

/**
 * A terminal that understands the sequences of the live view. Throws for others, so that the
 * picture is right or does not exist.
 */
export class Screen {
  readonly #lines: Cell[][] = [[]]
  #row = 0
  #column = 0
  #style = ''

  write(text: string): void {
    for (const [token] of text.matchAll(/\u001b\[\??[\d;]*[A-Za-z]|[\s\S]/gu)) this.#take(token)
  }

  /** The last rows, without the empty one at the end. */
  show(rows: number): Picture {
    const lines = this.#lines.map((line) => [...line])
    if (lines.at(-1)?.length === 0) lines.pop()
    return lines.slice(-rows)
  }

  #take(token: string): void {
    const [, up] = /^\u001b\[(\d+)A$/.exec(token) ?? []
    const [, sgr] = /^\u001b\[([\d;]*)m$/.exec(token) ?? []
    if (token === '\n') {
      this.#row += 1
      this.#lines[this.#row] ??= []
    } else if (token === '\r') this.#column = 0
    else if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up))
    else if (sgr !== undefined) this.#style = sgr === '0' ? '' : sgr
    else if (token === '\u001b[J') {
      this.#lines.splice(this.#row + 1)
      this.#lines[this.#row]?.splice(this.#column)
    } else if (token.startsWith('\u001b')) {
      if (!/^\u001b\[\?25[lh]$/.test(token)) throw new Error(`The screen does not know ${JSON.stringify(token)}`)
    } else {
      const line = this.#lines[this.#row] ?? []
      line[this.#column] = { text: token, style: this.#style }
      this.#column += 1
    }
  }
}
