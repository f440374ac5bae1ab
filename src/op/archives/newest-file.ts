import type { Bytes } from '@tsbuild/content'
import { readTar, type TarEntry } from '@tsbuild/tar'
import { sniffArchive } from './sniff-archive.ts'

/**
 * The time of the newest file of an archive, in seconds. Undefined for other files and for archives
 * without files.
 */
export async function newestFile(stream: Bytes): Promise<number | undefined> {
  const { isTar, plain } = await sniffArchive(stream)
  let newest: number | undefined
  if (isTar) for await (const { entry } of readTar(plain)) newest = later(newest, entry)
  else await plain[Symbol.asyncIterator]().return?.()
  return newest
}

/** `newest`, or the time of a file that is newer. */
export function later(newest: number | undefined, { type, mtime }: TarEntry): number | undefined {
  return type === 'file' && (newest === undefined || mtime > newest) ? mtime : newest
}
