import { once } from 'node:events'
import { Writable } from 'node:stream'
import type { Sink } from './invocation.ts'

/** Writes a chunk and waits until the sink takes more: a slow reader must not fill the memory. */
export async function writeChunk(sink: Sink, chunk: Uint8Array): Promise<void> {
  if (sink.write(chunk) === false && sink instanceof Writable) await once(sink, 'drain')
}
