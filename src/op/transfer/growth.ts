import type { Bytes } from '@tsbuild/content'
import { SourceError } from './source-error.ts'

/**
 * Bound of decompressed bytes: a number of bytes, and beyond it a multiple of the compressed ones.
 */
export interface Growth {
  readonly bytes: number
  readonly times: number
}

export const defaultGrowth: Growth = { bytes: 2 ** 30, times: 300 }

/**
 * Passes decompressed bytes on as long as they are within bounds. `read` is the number of
 * compressed bytes so far. Throws `SourceError` `SOURCE_TOO_LARGE` for more. `what` names the bytes
 * in its message.
 */
export async function* withinGrowth(
  plain: Bytes,
  { bytes, times }: Growth,
  { what, read }: { readonly what: string; readonly read: () => number },
): AsyncGenerator<Uint8Array> {
  let grown = 0
  for await (const chunk of plain) {
    grown += chunk.length
    if (grown > bytes && grown > times * read()) {
      throw new SourceError(
        'SOURCE_TOO_LARGE',
        `${what} of ${read()} bytes has grown to ${grown}: it may have at most ${times} times its size`,
      )
    }
    yield chunk
  }
}
