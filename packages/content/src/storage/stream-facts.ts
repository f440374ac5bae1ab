import type { Descriptor } from '@tsbuild/oci'
import type { Bytes } from './storage.ts'

/** Properties of a stream that spare its readers work. */
export interface StreamFacts {
  /** The stream checks itself against this descriptor, as those of `ContentSource.open` do. */
  readonly checked?: Pick<Descriptor, 'digest' | 'size'>
  /** Its consumer is the only one that sees the chunks, and may end them with `freeChunk`. */
  readonly isSole?: boolean
  /** Its consumer writes to a target that compares the digest: `verified` checks the size alone. */
  readonly isCheckedElsewhere?: boolean
}

const known = new WeakMap<Bytes, StreamFacts>()

/**
 * Notes facts about a stream. A wrapper that passes chunks on unchanged takes those of its source.
 */
export function withFacts<Stream extends Bytes>(stream: Stream, facts: StreamFacts): Stream {
  known.set(stream, facts)
  return stream
}

/** Notes that the consumer of a stream is the only one that sees its chunks. */
export function asSole<Stream extends Bytes>(stream: Stream): Stream {
  return withFacts(stream, { ...factsOf(stream), isSole: true })
}

/** Facts about a stream. Empty for an unknown one. */
export function factsOf(stream: Bytes): StreamFacts {
  return known.get(stream) ?? {}
}
