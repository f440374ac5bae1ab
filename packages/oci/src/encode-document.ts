import { canonicalJson } from './canonical-json.ts'
import { OciError, type OciErrorCode } from './errors.ts'
import { limits } from './limits.ts'

/** Options for writing a document. */
export interface DocumentForm {
  /** Of the error for one that is too large to be read again. */
  readonly code: OciErrorCode
  /** Entries of its lists, and how many are read. */
  readonly lists: Readonly<Record<string, readonly [length: number, limit: number]>>
  readonly indent?: number
}

/**
 * Encodes a document that its reader accepts; throws `OciError` for one that is larger than
 * `limits`.
 */
export function encodeDocument(value: unknown, { code, lists, indent }: DocumentForm): Uint8Array {
  for (const [name, [length, limit]] of Object.entries(lists)) {
    if (length > limit) throw new OciError(code, `too many entries in "${name}": ${length}, at most ${limit}`)
  }
  const bytes = Buffer.from(canonicalJson(value, indent))
  if (bytes.length <= limits.document) return bytes
  throw new OciError(code, `document too large: ${bytes.length} bytes, at most ${limits.document}`)
}
