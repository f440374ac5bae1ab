import { type Digest } from '@tsbuild/oci'
import type { Answer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import type { RegistryReader, RegistryStorage, StoredFile } from '../storage/storage.ts'
import { parseRange } from '../wire/ranges.ts'
import { WireError } from '../wire/wire-error.ts'
import { repositoryUnknown } from './unknown.ts'

/** A blob of a repository. */
export interface BlobName {
  readonly repository: string
  readonly digest: Digest
}

/** `GET` and `HEAD` of a blob, or of a range of it (distribution-spec end-2). */
export async function readBlob(
  { repository, digest }: BlobName,
  request: RegistryRequest,
  storage: RegistryReader,
): Promise<Answer> {
  const file = await storage.findBlob(repository, digest)
  if (file === undefined) {
    await repositoryUnknown(repository, storage)
    throw new WireError('BLOB_UNKNOWN', `no blob ${digest} in "${repository}"`)
  }
  return fileAnswer(file, request, { 'content-type': 'application/octet-stream' })
}

/** `DELETE` of a blob in one repository (end-10). Its bytes stay until they are collected. */
export async function deleteBlob({ repository, digest }: BlobName, storage: RegistryStorage): Promise<Answer> {
  if (!(await storage.deleteBlob(repository, digest))) {
    await repositoryUnknown(repository, storage)
    throw new WireError('BLOB_UNKNOWN', `no blob ${digest} in "${repository}"`)
  }
  return { status: 202 }
}

/** Content by digest: it never changes, so that clients and proxies may keep it. */
export function fileAnswer(
  { digest, path, size }: StoredFile,
  request: RegistryRequest,
  headers: Readonly<Record<string, string>>,
): Answer {
  const all = { ...headers, 'docker-content-digest': digest, etag: `"${digest}"`, 'accept-ranges': 'bytes' }
  const known = request
    .header('if-none-match')
    ?.split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
  if (known?.includes(`"${digest}"`) === true) return { status: 304, headers: all }
  const asksForOther = request.header('if-range') !== undefined && request.header('if-range') !== `"${digest}"`
  const range = asksForOther ? undefined : parseRange(request.header('range'), size)
  if (range === undefined) return { status: 200, headers: all, body: { path, size } }
  const contentRange = `bytes ${range.start}-${range.end}/${size}`
  return { status: 206, headers: { ...all, 'content-range': contentRange }, body: { path, size, range } }
}
