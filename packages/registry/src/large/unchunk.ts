import { cutOff } from './cut-off.ts'
import { bytesOf, partOf, type Slice, sizeOf } from './slice.ts'

/** Most bytes of a line between chunks, or of all trailers. */
const longestLine = 16 * 1024

/** Undoes the chunked transfer coding (RFC 9112 § 7.1). Trailers are left out. */
export async function* unchunk(received: AsyncIterable<Slice>): AsyncGenerator<Slice, void, undefined> {
  const lines = new LineReader()
  let left = 0
  let place: 'size' | 'data' | 'data end' | 'trailers' = 'size'
  for await (const slice of received) {
    try {
      for (let at = 0; at < sizeOf(slice); ) {
        if (place === 'data') {
          const end = Math.min(sizeOf(slice), at + left)
          left -= end - at
          if (left === 0) place = 'data end'
          const part = partOf(slice, at, end)
          at = end
          yield part
          continue
        }
        const { line, used } = lines.read(bytesOf(slice).subarray(at), place === 'trailers')
        at += used
        if (line === undefined) continue
        if (place === 'trailers' && line === '') return
        if (place === 'data end' && line !== '') throw new Error('a chunk of the answer has the wrong size')
        if (place === 'data end') place = 'size'
        else if (place === 'size') {
          left = chunkSize(line)
          place = left === 0 ? 'trailers' : 'data'
        }
      }
    } finally {
      slice.block.release()
    }
  }
  throw cutOff()
}

function chunkSize(line: string): number {
  const [, digits] = /^([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? []
  if (digits === undefined) throw new Error('a chunk of the answer has no size')
  return Number.parseInt(digits, 16)
}

/** Lines that may arrive in parts. */
class LineReader {
  #begun = ''
  /** Bytes of all trailers. */
  #trailers = 0

  /** Number of bytes used, and the line that they complete. */
  read(bytes: Buffer, isTrailer: boolean): { readonly line?: string; readonly used: number } {
    const end = bytes.indexOf('\n')
    const used = end < 0 ? bytes.length : end + 1
    if (isTrailer) this.#trailers += used
    if (Math.max(this.#begun.length + used, this.#trailers) > longestLine)
      throw new Error('a line of the answer is too long')
    this.#begun += bytes.toString('latin1', 0, used)
    if (end < 0) return { used }
    const line = this.#begun
    this.#begun = ''
    if (!line.endsWith('\r\n')) throw new Error('a line of the answer has no end')
    return { line: line.slice(0, -2), used }
  }
}
