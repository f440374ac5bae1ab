import { type Bytes, readAll } from '@tsbuild/content'
import { type Descriptor, isDigest } from '@tsbuild/oci'
import { drain, type HttpResponse, type Opened, readBody, startOf } from '@tsbuild/registry'
import type { Bucket } from '../store/bucket.ts'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { maxWhole } from '../store/parts.ts'
import type { VersionedDocuments } from '../store/versioned-documents.ts'
import { uploadParts } from './multipart.ts'
import { type S3Call, s3Caller } from './s3-caller.ts'
import { s3Documents } from './s3-documents.ts'
import type { S3Options } from './s3-options.ts'

/** Limit of a manifest, in bytes. */
const maxManifest = 4 * 1024 * 1024

/** Largest object that is copied in one request, in bytes. */
const maxCopy = 5 * 1024 * 1024 * 1024

/** Opens a bucket of S3; requests nothing yet. Throws `BucketError` for options without sense. */
export function openS3(options: S3Options): Bucket {
  return new S3Bucket(options, s3Caller(options))
}

class S3Bucket implements Bucket {
  readonly #options: S3Options
  readonly #call: S3Call
  readonly documents: VersionedDocuments

  constructor(options: S3Options, call: S3Call) {
    this.#options = options
    this.#call = call
    this.documents = s3Documents(call, (name) => this.#manifestKey(name))
  }

  async find(blob: Descriptor): Promise<number | undefined> {
    const key = this.#blobKey(blob)
    const response = await this.#call({ method: 'HEAD', key })
    await drain(response)
    if (response.status === 404) return undefined
    if (response.status !== 200) throw await errorFrom(response, `look for ${blob.digest}`)
    const size = Number(response.headers.get('content-length'))
    if (size <= maxCopy && this.#isOld(response)) await this.#renew(key)
    return size
  }

  async open(blob: Descriptor, offset: number, signal?: AbortSignal): Promise<Opened | undefined> {
    const range = offset > 0 ? { range: `bytes=${offset}-` } : {}
    const response = await this.#call({ method: 'GET', key: this.#blobKey(blob), headers: range, signal })
    if (response.status === 200 || response.status === 206) return { start: startOf(response), bytes: response.body }
    return this.#absent(response, `read ${blob.digest}`)
  }

  async put(blob: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    const key = this.#blobKey(blob)
    if (blob.size > maxWhole) return uploadParts(this.#call, key, { bytes: content, size: blob.size, signal })
    await this.#write(key, await readAll(content, blob.size), { operation: `write ${blob.digest}`, signal })
  }

  async readManifests(name: string): Promise<readonly Uint8Array[]> {
    const response = await this.#call({ method: 'GET', key: this.#manifestKey(name) })
    if (response.status === 200) return [await readBody(response, maxManifest)]
    await this.#absent(response, 'read the manifest')
    return []
  }

  async writeManifest(name: string, bytes: Uint8Array): Promise<void> {
    await this.#write(this.#manifestKey(name), bytes, { operation: 'write the manifest' })
  }

  async #write(
    key: string,
    body: Uint8Array,
    { operation, signal }: { readonly operation: string; readonly signal?: AbortSignal | undefined },
  ): Promise<void> {
    const response = await this.#call({ method: 'PUT', key, body, signal })
    if (response.status !== 200) throw await errorFrom(response, operation)
    await drain(response)
  }

  #isOld({ headers }: HttpResponse): boolean {
    const modified = Date.parse(headers.get('last-modified') ?? '')
    return Date.now() - modified > (this.#options.renewAfter ?? Number.POSITIVE_INFINITY)
  }

  /** Copies an object to itself, which makes it new. */
  async #renew(key: string): Promise<void> {
    const source = `/${this.#options.bucket}/${key}`.split('/').map(encodeURIComponent).join('/')
    const headers = { 'x-amz-copy-source': source, 'x-amz-metadata-directive': 'REPLACE' }
    await drain(await this.#call({ method: 'PUT', key, headers }))
  }

  /** Undefined for an object that does not exist; everything else is an error. */
  async #absent(response: HttpResponse, operation: string): Promise<undefined> {
    const error = await errorFrom(response, operation, hints)
    if (error.status === 404 && error.answer === 'NoSuchKey') return undefined
    throw error
  }

  #blobKey({ digest }: Descriptor): string {
    // Also a caller of another kind must not choose a path.
    if (!isDigest(digest)) throw new BucketError('BUCKET_FAILED', 'not a digest')
    const { prefix = '', blobsPrefix = 'blobs/' } = this.#options
    return `${prefix}${blobsPrefix}${digest}`
  }

  #manifestKey(name: string): string {
    const { prefix = '', manifestsPrefix = 'manifests/' } = this.#options
    return `${prefix}${manifestsPrefix}${name}`
  }
}

const hints = {
  NoSuchBucket: 'create the bucket, or correct its name',
  AccessDenied: 'the identity needs s3:GetObject, s3:PutObject and s3:ListBucket, without which S3 hides absence',
}
