import { createHash } from 'node:crypto'
import {
  answerRange,
  isSigned,
  serve,
  type ServedAnswer,
  type ServedRequest,
  type TestServer,
} from '@tsbuild/cloud/testing'

interface StoredObject {
  readonly bytes: Uint8Array
  readonly modified: Date
}

/** A server that speaks as much of the protocol of S3 as a bucket needs, signatures included. */
export interface S3Server extends TestServer {
  /** By `bucket/key`. */
  readonly objects: Map<string, StoredObject>
  /** Parts of uploads that are not finished, by upload id. */
  readonly uploads: Map<string, Map<number, Uint8Array>>
}

/** Keys that the server knows. */
export const s3TestKeys = { accessKeyId: 'AKIATEST', secretAccessKey: 'test/secret+key' } as const

const date = 'Wed, 01 Jan 2025 00:00:00 GMT'

/** Starts a server with these buckets, with path-style addresses. */
export async function startS3(buckets: readonly string[] = ['cache']): Promise<S3Server> {
  const objects: S3Server['objects'] = new Map()
  const uploads: S3Server['uploads'] = new Map()
  const server = await serve((request) => {
    if (!isSigned(request, s3TestKeys, 's3')) return failure(403, 'SignatureDoesNotMatch')
    const key = decodeURIComponent(request.url.pathname.slice(1))
    if (!buckets.includes(key.split('/')[0] ?? '')) return failure(404, 'NoSuchBucket')
    const uploadId = request.url.searchParams.get('uploadId')
    if (request.url.searchParams.has('uploads')) return beginUpload()
    if (uploadId !== null) return continueUpload(request, key, uploadId)
    return answerObject(request, key)
  })

  function answerObject({ method, headers, body }: ServedRequest, key: string): ServedAnswer {
    const stored = objects.get(key)
    if (method === 'PUT') {
      const source = headers['x-amz-copy-source']
      const copied = typeof source === 'string' ? objects.get(decodeURIComponent(source).replace(/^\//, '')) : undefined
      if (headers['if-none-match'] === '*' && stored) return failure(412, 'PreconditionFailed')
      const wanted = headers['if-match']
      if (wanted !== undefined && stored === undefined) return failure(404, 'NoSuchKey')
      if (wanted !== undefined && stored && wanted !== etag(stored.bytes)) return failure(412, 'PreconditionFailed')
      objects.set(key, { bytes: copied?.bytes ?? body, modified: new Date() })
      return { status: 200, headers: { etag: etag(body) } }
    }
    if (method !== 'GET' && method !== 'HEAD') return failure(405, 'MethodNotAllowed')
    if (stored === undefined) return failure(404, 'NoSuchKey')
    const known = { 'last-modified': stored.modified.toUTCString(), etag: etag(stored.bytes) }
    return answerRange(stored.bytes, headers.range, known)
  }

  function beginUpload(): ServedAnswer {
    const id = `upload-${uploads.size}`
    uploads.set(id, new Map())
    return {
      status: 200,
      body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    }
  }

  function continueUpload({ method, url, body }: ServedRequest, key: string, id: string): ServedAnswer {
    const parts = uploads.get(id)
    if (parts === undefined) return failure(404, 'NoSuchUpload')
    if (method === 'PUT') {
      parts.set(Number(url.searchParams.get('partNumber')), body)
      return { status: 200, headers: { etag: etag(body) } }
    }
    uploads.delete(id)
    if (method === 'DELETE') return { status: 204 }
    const named = [...body.toString().matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>("\w+")<\/ETag>/g)]
    const pieces = named.map(([, number, tag]) => [parts.get(Number(number)), tag] as const)
    const last = pieces.length - 1
    if (pieces.some(([piece, tag]) => piece === undefined || etag(piece) !== tag)) return failure(400, 'InvalidPart')
    if (pieces.some(([piece], index) => index < last && (piece?.length ?? 0) < 5 * 1024 * 1024))
      return failure(400, 'EntityTooSmall')
    objects.set(key, { bytes: Buffer.concat(pieces.flatMap(([piece]) => piece ?? [])), modified: new Date() })
    return { status: 200, body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' }
  }

  return Object.assign(server, { objects, uploads })
}

function failure(status: number, code: string): ServedAnswer {
  return { status, headers: { date }, body: `<Error><Code>${code}</Code><Message>about ${code}</Message></Error>` }
}

function etag(bytes: Uint8Array): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}
