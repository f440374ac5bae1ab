import { algorithmOf, digestAlgorithms, type Digest, type DigestAlgorithm } from '@tsbuild/oci'
import { isRepositoryName } from '../names/grammar.ts'
import type { Answer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import { readDigest } from '../wire/read-digest.ts'
import type { RegistryStorage, Upload } from '../storage/storage.ts'
import { parseContentRange } from '../wire/ranges.ts'
import { WireError } from '../wire/wire-error.ts'
import { formatStored } from '../wire/stored-range.ts'

/** An unfinished upload of a repository. */
export interface UploadName {
  readonly repository: string
  readonly id: string
}

/**
 * `POST`: mounts a blob of another repository (distribution-spec end-11), takes a whole blob
 * (end-4b) or begins an upload (end-4a, end-4c).
 */
export async function beginUpload(
  repository: string,
  request: RegistryRequest,
  storage: RegistryStorage,
): Promise<Answer> {
  const { query } = request
  const [mount, whole] = [query.get('mount'), query.get('digest')]
  if (mount !== null && (await mountBlob(readDigest(mount), repository, { request, storage })))
    return blobAnswer(repository, readDigest(mount))
  if (mount !== null || whole === null) {
    await storage.requireRoom(repository)
    const upload = await storage.beginUpload(repository, readAlgorithm(mount, query))
    return uploadAnswer({ repository, upload, size: 0 }, 202)
  }
  const digest = readDigest(whole)
  await storage.requireRoom(repository, request.contentLength)
  const upload = await storage.beginUpload(repository, algorithmOf(digest))
  try {
    await upload.append({ body: storage.withinQuota(repository, upload, request.body()) })
    await upload.finish(digest)
  } catch (error) {
    // The client does not know the upload, so it cannot go on.
    await upload.cancel().catch(() => undefined)
    throw error
  }
  return blobAnswer(repository, digest)
}

/** `PATCH`: appends a chunk (end-5), or, without `Content-Range`, a stream. */
export async function appendChunk(
  name: UploadName,
  request: RegistryRequest,
  storage: RegistryStorage,
): Promise<Answer> {
  const upload = await findUpload(name, storage)
  const size = await appendBody(upload, name, { request, storage })
  return uploadAnswer({ repository: name.repository, upload, size }, 202)
}

/** `PUT`: ends an upload, with or without a last chunk (end-6). */
export async function finishUpload(
  name: UploadName,
  request: RegistryRequest,
  storage: RegistryStorage,
): Promise<Answer> {
  const digest = readDigest(request.query.get('digest') ?? '')
  const upload = await findUpload(name, storage)
  if (request.contentLength !== 0) await appendBody(upload, name, { request, storage })
  await upload.finish(digest)
  return blobAnswer(name.repository, digest)
}

/** `GET`: the bytes stored (end-13). */
export async function readUpload(name: UploadName, storage: RegistryStorage): Promise<Answer> {
  const upload = await findUpload(name, storage)
  return uploadAnswer({ repository: name.repository, upload, size: await upload.size() }, 204)
}

/** `DELETE`: ends an upload without a blob (end-14). */
export async function cancelUpload(name: UploadName, storage: RegistryStorage): Promise<Answer> {
  await (await findUpload(name, storage)).cancel()
  return { status: 204 }
}

/** Appends the body of a request. Without room for it, the upload ends. */
async function appendBody(
  upload: Upload,
  { repository }: UploadName,
  { request, storage }: { readonly request: RegistryRequest; readonly storage: RegistryStorage },
): Promise<number> {
  const range = readChunkRange(request)
  try {
    await storage.requireRoom(repository, request.contentLength, await upload.size())
    return await upload.append({ body: storage.withinQuota(repository, upload, request.body()), range })
  } catch (error) {
    if (error instanceof WireError && (error.code === 'DENIED' || error.status === 413))
      await upload.cancel().catch(() => undefined)
    throw error
  }
}

async function mountBlob(
  digest: Digest,
  to: string,
  { request, storage }: { readonly request: RegistryRequest; readonly storage: RegistryStorage },
): Promise<boolean> {
  const from = request.query.get('from') ?? ''
  if (!isRepositoryName(from)) return false
  // Else a digest would be enough to read a blob of a repository that the client may not read.
  if (!(await request.allows({ type: 'repository', name: from, actions: ['pull'] }))) return false
  return storage.mountBlob(digest, { from, to })
}

async function findUpload({ repository, id }: UploadName, storage: RegistryStorage): Promise<Upload> {
  const upload = await storage.findUpload(repository, id)
  if (upload === undefined) throw new WireError('BLOB_UPLOAD_UNKNOWN', `no such upload to "${repository}"`)
  return upload
}

function readAlgorithm(mount: string | null, query: URLSearchParams): DigestAlgorithm {
  if (mount !== null) return algorithmOf(readDigest(mount))
  const name = query.get('digest-algorithm')
  const algorithm = digestAlgorithms.find((each) => each === (name ?? 'sha256'))
  if (algorithm === undefined) throw new WireError('DIGEST_INVALID', 'expected digest-algorithm sha256 or sha512')
  return algorithm
}

function readChunkRange(request: RegistryRequest): ReturnType<typeof parseContentRange> {
  const range = parseContentRange(request.header('content-range'))
  const { contentLength } = request
  if (range !== undefined && contentLength !== undefined && contentLength !== range.end - range.start + 1)
    throw new WireError('SIZE_INVALID', 'Content-Range and Content-Length differ')
  return range
}

function uploadAnswer(
  { repository, upload, size }: { readonly repository: string; readonly upload: Upload; readonly size: number },
  status: number,
): Answer {
  const location = `/v2/${repository}/blobs/uploads/${upload.id}`
  return { status, headers: { location, range: formatStored(size), 'docker-upload-uuid': upload.id } }
}

function blobAnswer(repository: string, digest: Digest): Answer {
  const location = `/v2/${repository}/blobs/${digest}`
  return { status: 201, headers: { location, 'docker-content-digest': digest } }
}
