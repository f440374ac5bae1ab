import { fetchAll } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { ReapiConnection } from '../../reapi/connections.ts'
import { cacheLimits, decodeCache, encodeCache } from '../model/cache-document.ts'
import type { CacheExport, ExportedMounts } from '../image/export-cache.ts'
import type { FoundMount } from '../model/readable-cache.ts'
import { mountsAction, recordPath } from './step-action.ts'

/** Blobs that are uploaded at the same time. */
const transfers = 4

/** The mounts of a scope, and the key that their record is signed with. */
export interface MountScope {
  readonly scope: string
  readonly key?: Uint8Array
}

/** Reads the record of the mounts of a scope; none where nothing was written yet. */
export async function readMounts(
  { content, results }: ReapiConnection,
  { scope, key }: MountScope,
): Promise<readonly FoundMount[]> {
  const { action } = await mountsAction(scope, key)
  const result = await results.get(action)
  const record = result?.outputFiles.find(({ path }) => path === recordPath)
  if (record === undefined) return []
  const { fromWire } = await import('@tsbuild/reapi')
  const named = { ...fromWire(record.digest), mediaType: 'application/json' }
  const bytes = await fetchAll(content, named, cacheLimits.document)
  const { mounts = [] } = decodeCache(Buffer.from(bytes).toString('utf8'), key)
  return mounts.map((mount) => ({ ...mount, source: content }))
}

/**
 * Writes the mounts of a scope: the blobs that are missing, then the record, then the result that
 * names all of them, so that a server keeps them together. The last of several writers wins.
 */
export async function writeMounts(
  { mounts, source }: ExportedMounts,
  { content, results }: ReapiConnection,
  { scope, key, signal, onProgress }: MountScope & Pick<CacheExport, 'signal' | 'onProgress'>,
): Promise<void> {
  const { blobOf } = await import('@tsbuild/reapi')
  const blobs = mounts.flatMap(({ manifest, packs }) => [manifest, ...packs])
  const limit = pLimit(transfers)
  const upload = async (blob: Descriptor): Promise<void> => {
    signal.throwIfAborted()
    await content.put(blob, await source.open(blob, signal), signal)
    await onProgress?.(blob, blob.size)
  }
  const missing = await content.missing(blobs, signal)
  await Promise.all(missing.map((blob) => limit(() => upload(blob))))
  const record = blobOf(Buffer.from(encodeCache({ layers: [], snapshots: [], records: [], mounts }, key)))
  const { action, messages } = await mountsAction(scope, key)
  await content.putAll(await content.missing([record, ...messages], signal), signal)
  const files = blobs.map((blob, index) => ({ ...blob, path: `mounts/${index}` }))
  await results.put(action, [{ ...record, path: recordPath }, ...files], signal)
}
