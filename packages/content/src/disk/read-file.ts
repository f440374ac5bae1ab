import { type FileHandle, open } from 'node:fs/promises'
import { lendChunk } from '../memory/fresh-chunk.ts'
import { type Block, takeBlock } from '../memory/shared-memory.ts'

/**
 * Reads a file in chunks whose memory is used again when they are freed. The next chunk is read
 * ahead. The file is opened for the first one, so that an unread stream holds no file open. `size`
 * is about that of the file, in bytes.
 */
export async function* readFile(path: string, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  await using file = await open(path)
  let next = readBlock(file, size)
  try {
    for (let read = await next; read !== undefined; read = await next) {
      next = readBlock(file, size)
      // The loop awaits it later. Without this handler an earlier failure would be an unhandled
      // rejection.
      next.catch(() => {})
      yield read
    }
  } finally {
    // The file must not be closed, nor its memory used again, under a read.
    await next.catch(() => {})
  }
}

async function readBlock(file: FileHandle, size: number): Promise<Uint8Array | undefined> {
  const block = takeBlock(size)
  const bytesRead = await fill(file, block)
  if (bytesRead > 0) return lendChunk(block.bytes.subarray(0, bytesRead), () => block.release())
  block.release()
  return undefined
}

async function fill(file: FileHandle, block: Block): Promise<number> {
  try {
    return (await file.read(block.bytes)).bytesRead
  } catch (error) {
    block.release()
    throw error
  }
}
