import { randomBytes } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { makeDirectories, writeNewFile } from '@tsbuild/content'
import { ExportError } from './export-error.ts'

/** Writes a stream to a file, which appears when it is complete, or to standard output for `-`. */
export async function writeDestination(dest: string, content: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  if (dest === '-') {
    if (process.stdout.isTTY) {
      throw new ExportError('OUTPUT_TERMINAL', 'refusing to write an archive to a terminal', {
        hint: 'redirect the output, or use dest=FILE',
      })
    }
    await pipeline(content, process.stdout, { signal, end: false })
    return
  }
  await makeDirectories(dirname(dest))
  const draft = `${dest}.${randomBytes(4).toString('hex')}.part`
  try {
    await writeNewFile(draft, content, { signal })
    await rename(draft, dest)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
