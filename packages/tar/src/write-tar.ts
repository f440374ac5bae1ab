import { encodeHeader } from './encode-header.ts'
import type { TarEntry } from './entry.ts'
import { TarError } from './errors.ts'
import { paddingSize } from './header.ts'

/** End of an archive: two zero blocks. */
export const endOfArchive: Uint8Array = new Uint8Array(1024)

/** An entry with its bytes; only files have any, and exactly `size` of them. */
export interface TarInput {
  readonly entry: TarEntry
  readonly body?: AsyncIterable<Uint8Array>
}

/**
 * Archive of the entries in the order they come. Throws `TarError` `TAR_INVALID` when a body has
 * not the size its entry states.
 */
export async function* writeTar(
  entries: AsyncIterable<TarInput> | Iterable<TarInput>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const { entry, body } of entries) {
    yield encodeHeader(entry)
    const size = entry.type === 'file' ? entry.size : 0
    let written = 0
    for await (const chunk of body ?? []) {
      written += chunk.length
      if (written > size) break
      yield chunk
    }
    if (written !== size) {
      const amount = written > size ? 'more' : written
      throw new TarError(
        'TAR_INVALID',
        `cannot write entry "${entry.path}": ${size} bytes are announced but there are ${amount}`,
      )
    }
    if (paddingSize(size) > 0) yield new Uint8Array(paddingSize(size))
  }
  yield endOfArchive
}
