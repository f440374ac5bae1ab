import { constants, createReadStream, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { abortable } from '../storage/abortable.ts'

const { O_NONBLOCK, O_RDONLY } = constants

/**
 * Bytes of a file or FIFO that a user named; ends with the signal's reason as soon as it fires. The
 * file is opened for the first chunk. A FIFO is opened without blocking: a thread that waits for a
 * writer could neither be interrupted nor end with the process.
 */
export async function* readInput(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  const isFifo = (await stat(path)).isFIFO()
  signal.throwIfAborted()
  const stream = isFifo ? openFifo(path) : createReadStream(path)
  yield* abortable(addAbortSignal(signal, stream), signal)
}

/** The stream waits for a writer, and ends with the last one. */
function openFifo(path: string): Socket {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}
