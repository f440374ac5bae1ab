import { copyGraph } from '@tsbuild/content'
import { formatReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import { exportDocker } from './docker.ts'
import type { ExportContext } from './exporter.ts'
import { exportLocal } from './local.ts'
import { exportOci, transfers } from './oci.ts'
import type { Output } from './output.ts'
import { pushImage } from './registry.ts'
import { exportTar } from './tar.ts'

/** What an output made: one line for people, and the names an image has now. */
export interface Exported {
  readonly description: string
  readonly names: readonly string[]
}

/** Hands a build's result to one output, reporting it as a step of its own. */
export async function exportOutput(output: Output, context: ExportContext): Promise<Exported> {
  if (output.kind === 'cacheonly') return { description: 'nothing but the cache', names: [] }
  const { report, vertex } = context
  report({ type: 'vertex-started', vertex, name: describe(output), time: Date.now() })
  try {
    const exported = await dispatch(output, context)
    report({ type: 'vertex-finished', vertex, time: Date.now() })
    return exported
  } catch (error) {
    report({ type: 'vertex-finished', vertex, time: Date.now(), error: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

async function dispatch(output: Exclude<Output, { kind: 'cacheonly' }>, context: ExportContext): Promise<Exported> {
  switch (output.kind) {
    case 'oci':
      return { description: await exportOci(output, context), names: output.names }
    case 'docker':
      return { description: await (output.tar ? exportDocker : exportOci)(output, context), names: output.names }
    case 'local':
      return { description: await exportLocal(output, context), names: [] }
    case 'tar':
      return { description: await exportTar(output, context), names: [] }
    case 'image':
      return exportImage(output, context)
  }
}

/** The image in the local store, in registries, or both. */
async function exportImage(output: Extract<Output, { kind: 'image' }>, context: ExportContext): Promise<Exported> {
  const { root, content } = await context.image()
  const done: string[] = []
  if (output.store && !(output.push && output.pushByDigest)) {
    const { images } = context.store
    await copyGraph(root, { from: content, to: images, signal: context.signal, onProgress: transfers(context) })
    for (const name of output.names) await images.tag(root, formatReference(withDefaultTag(parseReference(name))))
    done.push('image in the local store')
  }
  const pushed = output.push
    ? await pushImage({ root, content }, { names: output.names, insecure: output.insecure, byDigest: output.pushByDigest }, context)
    : []
  if (output.push) done.push(`pushed ${pushed.join(', ')}`)
  return { description: done.join(', '), names: output.push && output.pushByDigest ? pushed : output.names }
}

function describe(output: Output): string {
  switch (output.kind) {
    case 'image':
      return output.push ? 'pushing the image' : 'exporting to the local store'
    case 'oci':
    case 'docker':
      return `exporting to ${output.kind} ${output.tar ? 'archive' : 'layout'} ${output.dest}`
    case 'local':
    case 'tar':
      return `exporting files to ${output.dest}`
    case 'cacheonly':
      return 'exporting nothing'
  }
}
