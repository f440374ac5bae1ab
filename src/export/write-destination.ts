import { asSole } from '@tsbuild/content'
import { type ArchiveReader, handOver } from './hand-over.ts'
import { ExportError } from './export-error.ts'
import { openDescriptor, openSpecial } from './open-special.ts'
import { replaceFile } from './replace-file.ts'
import { resolveDestination } from './resolve-destination.ts'
import { writeStream } from './write-stream.ts'

/**
 * Writes a stream to the object that `dest` names; `-` is standard output. A regular file appears
 * or changes when it is complete; links are followed. Devices, FIFOs and descriptors such as
 * `/dev/fd/3` are written to directly. A function reads the stream. The stream must have no other
 * consumer: its chunks are freed when they are written.
 */
export async function writeDestination(
  dest: string | ArchiveReader,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (typeof dest === 'function') return handOver(dest, content, signal)
  if (dest === '-' && process.stdout.isTTY) {
    throw new ExportError('OUTPUT_TERMINAL', 'refusing to write an archive to a terminal', {
      hint: 'redirect the output, or use dest=FILE',
    })
  }
  const target = await resolveDestination(dest === '-' ? '/dev/stdout' : dest)
  const sole = asSole(content)
  switch (target.kind) {
    case 'descriptor':
      return writeStream(sole, openDescriptor(target.descriptor), signal)
    case 'special':
      return writeStream(sole, await openSpecial(target.path, target.present, signal), signal)
    case 'file': {
      const { path, present, foreign } = target
      return replaceFile(path, sole, { inPlace: !foreign, signal, ...(present !== undefined && { present }) })
    }
  }
}

/** The name of a destination in messages. */
export function destinationName(dest: string | ArchiveReader): string {
  return typeof dest === 'string' ? dest : 'for the caller'
}
