import { type FileHandle, open } from 'node:fs/promises'
import { abortable } from '../storage/abortable.ts'
import type { Bytes } from '../storage/storage.ts'

/**
 * Large enough that the way to the thread that writes costs nothing, small enough to hold twice.
 */
const batchSize = 1 << 20

/**
 * Writes a stream to a new file. While a batch of chunks is being written the next one is read. All
 * work has ended when this settles. An incomplete file stays for the caller to remove. With
 * `durable` the bytes outlive a power failure.
 */
export async function writeNewFile(
  path: string,
  bytes: Bytes,
  options: { readonly mode?: number; readonly durable?: boolean; readonly signal?: AbortSignal } = {},
): Promise<void> {
  await using file = await open(path, 'wx', options.mode)
  let batch: Uint8Array[] = []
  let size = 0
  let position = 0
  let writing = Promise.resolve()
  const flush = async (): Promise<void> => {
    await writing
    writing = writeBatch(file, batch, position)
    // It is awaited in its turn; failing earlier must not count as unhandled.
    writing.catch(() => undefined)
    position += size
    batch = []
    size = 0
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
  if (options.durable === true) await file.datasync()
}

async function writeBatch(file: FileHandle, batch: readonly Uint8Array[], position: number): Promise<void> {
  const { bytesWritten } = await file.writev(batch, position)
  let rest = 0
  for (const chunk of batch) rest += chunk.length
  if (bytesWritten === rest) return
  // Short writes are rare: signals, and disks about to be full, of which the next write tells.
  await writeBatch(file, [Buffer.concat(batch).subarray(bytesWritten)], position + bytesWritten)
}
