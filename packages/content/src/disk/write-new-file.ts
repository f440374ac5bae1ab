import { type FileHandle, open } from 'node:fs/promises'
import { abortable } from '../storage/abortable.ts'
import { freeChunk } from '../memory/fresh-chunk.ts'
import type { Bytes } from '../storage/storage.ts'
import { factsOf } from '../storage/stream-facts.ts'
import { FileSync } from './file-sync.ts'

/** Large enough to make the hop to the writing thread cheap, small enough to hold two. */
const batchSize = 1 << 20

/** Batches that wait for the disk, the one that is being written included. */
const longestQueue = 4

/**
 * Writes a stream to a new file. While batches of chunks are being written the next ones are read.
 * All work has ended when this settles. An incomplete file stays for the caller to remove. With
 * `durable` the bytes outlive a power failure.
 */
export async function writeNewFile(
  path: string,
  bytes: Bytes,
  options: { readonly mode?: number; readonly durable?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await using file = await open(path, 'wx', options.mode)
  const { isSole = false } = factsOf(bytes)
  const queue: Promise<void>[] = []
  let batch: Uint8Array[] = []
  let size = 0
  let position = 0
  let writing = Promise.resolve()
  const sync = options.durable === true ? new FileSync(file) : undefined
  const flush = async (): Promise<void> => {
    const written = { chunks: batch, position, size }
    writing = writing.then(async () => {
      await writeBatch(file, written.chunks, written.position)
      if (isSole) written.chunks.forEach(freeChunk)
      sync?.add(written.size)
    })
    // The loop awaits it later. Without this handler an earlier failure would be an unhandled
    // rejection.
    writing.catch(() => undefined)
    queue.push(writing)
    position += size
    batch = []
    size = 0
    if (queue.length >= longestQueue) await queue.shift()
  }
  try {
    for await (const chunk of options.signal === undefined ? bytes : abortable(bytes, options.signal)) {
      batch.push(chunk)
      size += chunk.length
      if (size >= batchSize) await flush()
    }
    if (size > 0) await flush()
  } finally {
    await writing
  }
  await sync?.end()
}

async function writeBatch(file: FileHandle, batch: readonly Uint8Array[], position: number): Promise<void> {
  let rest = 0
  for (const chunk of batch) rest += chunk.length
  const { bytesWritten } = await file.writev(batch, position)
  if (bytesWritten === rest) return
  // Short writes are rare: signals, and disks about to be full, of which the next write tells.
  await writeBatch(file, [Buffer.concat(batch).subarray(bytesWritten)], position + bytesWritten)
}
