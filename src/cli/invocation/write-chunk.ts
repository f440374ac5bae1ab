import type { Sink } from './invocation.ts'

/**
 * Writes a chunk and waits until the sink takes more: a slow reader must not fill the memory.
 * Rejects when the sink has failed.
 */
export async function writeChunk(sink: Sink, chunk: Uint8Array): Promise<void> {
  sink.write(chunk)
  await sink.drained?.()
  if (sink.failure !== undefined) throw sink.failure
}
