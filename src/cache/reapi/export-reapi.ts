import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Blob, OutputFile } from '@tsbuild/reapi'
import pLimit from 'p-limit'
import type { ReapiConnection } from '../../reapi/connections.ts'
import { withoutLevel } from '../../layer/stored/stored-form.ts'
import { encodeCache } from '../model/cache-document.ts'
import { type CacheExport, layerContent } from '../image/export-cache.ts'
import { type CachedStep, recordTable } from '../model/record-table.ts'
import { layerPath, recordPath, stepAction } from './step-action.ts'
import type { Layer } from '../../layer/layer.ts'

export interface ReapiExport extends Pick<CacheExport, 'store' | 'steps' | 'blobOf' | 'key' | 'signal' | 'onProgress'> {
  readonly to: ReapiConnection
}

/** Layers that are uploaded at the same time, and results that are written at the same time. */
const transfers = 4
const writes = 64

/**
 * Writes steps to an action cache: the layers that are missing there, then the records of all
 * steps, then a result under each of their keys. Resolves with the number of steps.
 */
export async function exportReapi(request: ReapiExport): Promise<number> {
  const { steps, to, key, signal } = request
  const made = new Map<Digest, Layer>()
  const documents = await Promise.all(
    steps.map(async (step) => ({ step, ...(await describeStep(step, made, request)) })),
  )
  await uploadLayers(
    documents.flatMap(({ layers }) => layers),
    made,
    request,
  )
  const results = await Promise.all(
    documents.flatMap(({ step, record, layers }) =>
      [step.key, ...(step.content === undefined ? [] : [step.content])].map(async (name) => ({
        record,
        layers,
        ...(await stepAction(name, key)),
      })),
    ),
  )
  const missing = await to.content.missing(
    results.flatMap(({ record, messages }) => [record, ...messages]),
    signal,
  )
  await to.content.putAll(missing, signal)
  const limit = pLimit(writes)
  await Promise.all(
    results.map(({ action, record, layers }) =>
      limit(() => to.results.put(action, outputFiles(record, layers), signal)),
    ),
  )
  return steps.length
}

async function describeStep(
  step: CachedStep,
  made: Map<Digest, Layer>,
  { blobOf, key }: ReapiExport,
): Promise<{ readonly record: Blob; readonly layers: readonly Descriptor[] }> {
  const document = await recordTable([step], async (layer) => {
    const blob = await blobOf(layer)
    made.set(blob.digest, layer)
    return blob
  })
  const { blobOf: nameBytes } = await import('@tsbuild/reapi')
  return {
    record: nameBytes(Buffer.from(encodeCache(document, key))),
    layers: document.layers.flatMap(({ blob }) => (blob === undefined ? [] : [withoutLevel(blob)])),
  }
}

async function uploadLayers(
  layers: readonly Descriptor[],
  made: ReadonlyMap<Digest, Layer>,
  { store, to, signal, onProgress }: ReapiExport,
): Promise<void> {
  const missing = await to.content.missing(layers, signal)
  const from = layerContent(store, made)
  const limit = pLimit(transfers)
  const upload = async (layer: Descriptor): Promise<void> => {
    signal.throwIfAborted()
    await to.content.put(layer, await from.open(layer, signal), signal)
    await onProgress?.(layer, layer.size)
  }
  await Promise.all(missing.map((layer) => limit(() => upload(layer))))
}

function outputFiles(record: Blob, layers: readonly Descriptor[]): readonly OutputFile[] {
  return [{ ...record, path: recordPath }, ...layers.map((layer, index) => ({ ...layer, path: layerPath(index) }))]
}
