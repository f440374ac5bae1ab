/** Longer lines are cut into pieces: a step that never ends its line must not fill the memory. */
const lineLimit = 16 * 1024

/** Cuts the output of one step into lines, for chunks of any size, and keeps the last of them. */
export class LogLines {
  readonly #decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  readonly #open = { stdout: '', stderr: '' }
  readonly #kept: number
  readonly #tail: string[] = []

  /** `kept`: how many lines `tail` remembers. */
  constructor(kept: number) {
    this.#kept = kept
  }

  /**
   * The lines that `data` completes, without their ends. Of a line redrawn with carriage returns
   * only the last state counts.
   */
  push(stream: 'stdout' | 'stderr', data: Uint8Array): readonly string[] {
    const pieces = (this.#open[stream] + this.#decoders[stream].decode(data, { stream: true })).split('\n')
    const open = pieces.pop() ?? ''
    const cut = open.length >= lineLimit
    this.#open[stream] = cut ? '' : open
    return this.#keep(cut ? [...pieces, open] : pieces)
  }

  /** Last line without its end. */
  flush(): readonly string[] {
    const rest = [this.#open.stdout, this.#open.stderr].filter((line) => line !== '')
    this.#open.stdout = ''
    this.#open.stderr = ''
    return this.#keep(rest)
  }

  /** The last lines, oldest first, the unfinished ones included. */
  tail(): readonly string[] {
    const open = [this.#open.stdout, this.#open.stderr].filter((line) => line !== '').map(lastState)
    return [...this.#tail, ...open].slice(-this.#kept)
  }

  #keep(pieces: readonly string[]): readonly string[] {
    const lines = pieces.map(lastState)
    this.#tail.push(...lines.slice(-this.#kept))
    this.#tail.splice(0, this.#tail.length - this.#kept)
    return lines
  }
}

function lastState(line: string): string {
  const states = line.split('\r').filter((state) => state !== '')
  return states.at(-1) ?? ''
}
