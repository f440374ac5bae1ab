import { type Compression, decompress } from '@tsbuild/content'
import { estargzAnnotations, writeEstargz } from '@tsbuild/estargz'
import { compressionOf, type Descriptor } from '@tsbuild/oci'
import type { Layer } from './layer.ts'
import { readLayerRecord, writeLayerRecord } from './stored/layer-record.ts'
import type { LayerStore } from './layer-store.ts'
import { storedForm } from './stored/stored-form.ts'

/**
 * Form in which a layer is published. `estargz` is gzip that can be read in parts. Its `level` is
 * that of gzip.
 */
export type LayerCompression = Compression | { readonly type: 'estargz'; readonly level?: number }

const tocAnnotation = 'containerd.io/snapshot/stargz/toc.digest'

/**
 * A layer as eStargz: the same files, followed by a table of contents, so its diff id differs. Made
 * once for each level. The descriptor of its blob has the place of the table. A layer that was
 * published as eStargz is returned as it is.
 */
export async function estargzLayer(store: LayerStore, layer: Layer, level?: number): Promise<Layer> {
  if (isEstargz(layer.origin?.descriptor)) return layer
  const diffId = await layer.diffId()
  const name = String(level ?? 'default')
  const known = (await readLayerRecord(store.paths, diffId))?.estargz?.[name]
  const found = known && (await store.load(layer.id, known))
  if (found) return found

  const plain = await layer.blob()
  const { bytes, facts } = writeEstargz(
    decompress(await store.blobs.open(plain), compressionOf(plain.mediaType)),
    level,
  )
  const blob = await store.blobs.ingest(bytes)
  const form = storedForm(blob, { type: 'gzip', ...(level !== undefined && { level }) })
  const created = await layer.created()
  const made = facts().diffId
  await writeLayerRecord(store.paths, {
    diffId: made,
    ...(created !== undefined && { created }),
    blobs: [{ ...form, annotations: { ...form.annotations, ...estargzAnnotations(facts()) } }],
  })
  await writeLayerRecord(store.paths, { diffId, blobs: [], estargz: { [name]: made } })
  const loaded = await store.load(layer.id, made)
  if (loaded === undefined) throw new Error(`layer ${made} has just been written and is gone`)
  return loaded
}

function isEstargz(descriptor: Descriptor | undefined): boolean {
  return descriptor?.annotations?.[tocAnnotation] !== undefined
}
