import { exportDocker } from './docker.ts'
import { explainWrite } from './explain-write.ts'
import type { Exported, ExportContext } from './exporter.ts'
import { exportImage } from './image.ts'
import { exportLocal } from './local.ts'
import { exportOci } from './oci.ts'
import type { SettledOutput } from './output.ts'
import { exportTar } from './tar.ts'
import { destinationName } from './write-destination.ts'

/** Hands a build's result to one output, reporting it as a step of its own. */
export async function exportOutput(output: SettledOutput, context: ExportContext): Promise<Exported> {
  if (output.kind === 'cacheonly') return { description: 'nothing but the cache', names: [] }
  const { report, vertex } = context
  await report({ type: 'vertex-started', vertex, name: describe(output), time: Date.now() })
  try {
    const exported = await dispatch(output, context)
    await report({ type: 'vertex-finished', vertex, time: Date.now() })
    return exported
  } catch (error) {
    const explained = 'dest' in output && typeof output.dest === 'string' ? explainWrite(error, output.dest) : error
    await report({
      type: 'vertex-finished',
      vertex,
      time: Date.now(),
      error: explained instanceof Error ? explained.message : String(explained),
    })
    throw explained
  }
}

async function dispatch(
  output: Exclude<SettledOutput, { kind: 'cacheonly' }>,
  context: ExportContext,
): Promise<Exported> {
  switch (output.kind) {
    case 'oci':
      return { description: await exportOci(output, context), names: output.names }
    case 'docker':
      return { description: await exportDocker(output, context), names: output.names }
    case 'local':
      return { description: await exportLocal(output, context), names: [] }
    case 'tar':
      return { description: await exportTar(output, context), names: [] }
    case 'image':
      return exportImage(output, context)
  }
}

function describe(output: SettledOutput): string {
  switch (output.kind) {
    case 'image':
      return output.push ? 'pushing the image' : 'exporting to the local store'
    case 'oci':
    case 'docker':
      return `exporting to ${output.kind} ${output.tar ? 'archive' : 'layout'} ${destinationName(output.dest)}`
    case 'local':
    case 'tar':
      return `exporting files to ${destinationName(output.dest)}`
    case 'cacheonly':
      return 'exporting nothing'
  }
}
