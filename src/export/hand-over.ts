import { callerError } from '../caller-error.ts'
import { ExportError } from './export-error.ts'

/**
 * Reads an archive to its end. The archive is written as fast as it is read; an error of the
 * function ends the build, which rejects with it.
 */
export type ArchiveReader = (archive: AsyncIterable<Uint8Array>) => unknown

/**
 * Gives a stream to a function of the caller. Rejects with the error of the stream, with that of
 * the function, and with `ExportError` `OUTPUT_FAILED` if the function ends before the stream.
 */
export async function handOver(
  read: ArchiveReader,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort)
  let ended = false
  let broken: { readonly error: unknown } | undefined
  async function* guarded(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) {
        signal.throwIfAborted()
        yield chunk
      }
      ended = true
    } catch (error) {
      broken = { error }
      throw error
    }
  }
  try {
    await Promise.race([aborted.promise, (async () => read(guarded()))()])
  } catch (error) {
    signal.throwIfAborted()
    throw broken === undefined ? callerError(error, 'outputs') : broken.error
  } finally {
    signal.removeEventListener('abort', abort)
  }
  if (!ended) throw new ExportError('OUTPUT_FAILED', 'the function in "dest" returned before the end of the archive')
}
