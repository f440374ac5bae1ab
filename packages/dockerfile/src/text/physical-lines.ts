import { checkEncoding } from './encoding.ts'
import { DockerfileError } from './errors.ts'

/** BuildKit's scanner gives up on a line of more bytes (the line feed not counted). */
const maximumLine = 65_535
/** Far above any real file; bounds the cost of a hostile one. */
const maximumFile = 16 * 1024 * 1024

/**
 * The text of a Dockerfile: UTF-8 decoded, a byte order mark dropped. Throws `ENCODING_UNSUPPORTED`
 * for UTF-16 and UTF-32.
 */
export function decodeText(input: string | Uint8Array): string {
  if (input.length > maximumFile) {
    throw new DockerfileError('TOO_LARGE', `dockerfile greater than max allowed size of ${maximumFile}`)
  }
  const text = typeof input === 'string' ? input : new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)
  checkEncoding(text)
  return text.startsWith('\u{feff}') ? text.slice(1) : text
}

/** Lines without their line feed (a `\r` stays); no empty last line behind a final line feed. */
export function physicalLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const long = lines.findIndex((line) => line.length > maximumLine / 3 && Buffer.byteLength(line) > maximumLine)
  if (long === -1) return lines
  const range = {
    start: { line: long + 1, column: 1 },
    end: { line: long + 1, column: (lines[long]?.length ?? 0) + 1 },
  }
  const hint = 'split the line with a continuation character'
  throw new DockerfileError('LINE_TOO_LONG', `dockerfile line greater than max allowed size of ${maximumLine}`, {
    range,
    hint,
  })
}
