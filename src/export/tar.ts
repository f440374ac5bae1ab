import { packDiff } from '@tsbuild/tree'
import { exportedFiles } from './exported-files.ts'
import type { ExportContext } from './exporter.ts'
import type { SettledOutput } from './output.ts'
import { destinationName, writeDestination } from './write-destination.ts'

/** The files of the result as one tar, owners kept. */
export async function exportTar(
  output: Extract<SettledOutput, { kind: 'tar' }>,
  context: ExportContext,
): Promise<string> {
  const files = await exportedFiles(context, output)
  await writeDestination(
    output.dest,
    packDiff(files, () => {}),
    context.signal,
  )
  return `tar ${destinationName(output.dest)}`
}
