import { stat } from 'node:fs/promises'
import { ExportError } from './export-error.ts'
import type { SettledOutput } from './output.ts'

/**
 * Rejects with `ExportError` `OUTPUT_CONFLICT` where an output would write a file over a directory,
 * or files into a file.
 */
export async function checkDestination(output: SettledOutput): Promise<void> {
  if (!('dest' in output) || typeof output.dest !== 'string' || output.dest === '-') return
  const present = await stat(output.dest).catch(() => undefined)
  if (present === undefined) return
  const wantsDirectory = output.kind === 'local' || ('tar' in output && !output.tar)
  if (wantsDirectory && !present.isDirectory()) {
    const hint = output.kind === 'local' ? 'type=tar writes an archive' : 'tar=true writes an archive'
    throw new ExportError('OUTPUT_CONFLICT', `destination directory ${output.dest} is a file`, { hint })
  }
  if (!wantsDirectory && present.isDirectory()) {
    throw new ExportError('OUTPUT_CONFLICT', `destination file ${output.dest} is a directory`, {
      ...(output.kind !== 'tar' && { hint: 'tar=false writes a layout into a directory' }),
    })
  }
}
