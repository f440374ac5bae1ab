import { randomBytes } from 'node:crypto'
import { type Bytes, oneChunk } from '@tsbuild/content'
import { type Descriptor, isDigest } from '@tsbuild/oci'
import { discardContent, drain, type Opened, readBody } from '@tsbuild/registry'
import { sha256 } from '@tsbuild/cloud'
import { type BlockBlob, openBlob, readBlob, writeBlob } from '../azure/block-blob.ts'
import type { Bucket } from '../store/bucket.ts'
import { BucketError } from '../store/bucket-error.ts'
import { plainSend } from '../store/object-request.ts'
import { type CacheService, cacheService } from './cache-service.ts'
import type { GhaOptions } from './gha-options.ts'
import { listKeys } from './list-keys.ts'
import { type CacheScopes, readScopes } from './runtime-token.ts'

/** Limit of a manifest, in bytes. */
const maxManifest = 4 * 1024 * 1024

const blobPrefix = 'tsbuild-blob-1-'
const indexPrefix = 'tsbuild-index-1-'

/**
 * Opens the cache of GitHub Actions; requests nothing yet. Throws `BUCKET_CREDENTIALS` outside of
 * jobs.
 */
export function openGha(options: GhaOptions): Bucket {
  const { env } = options
  const token = options.token || env['ACTIONS_RUNTIME_TOKEN']
  const url = options.url || env['ACTIONS_RESULTS_URL']
  if (!token || !url || !URL.canParse(url))
    throw new BucketError('BUCKET_CREDENTIALS', 'no ACTIONS_RUNTIME_TOKEN and ACTIONS_RESULTS_URL', {
      hint: 'steps with "run" have them after the action crazy-max/ghaction-github-runtime',
    })
  if (!options.url && !isTrue(env['ACTIONS_CACHE_SERVICE_V2']))
    throw new BucketError('BUCKET_FAILED', 'this runner has no cache service of version 2', {
      hint: 'ACTIONS_CACHE_SERVICE_V2 is not set; use type=registry or type=s3',
    })
  const service = cacheService(new URL(url.endsWith('/') ? url : `${url}/`), token, options.http)
  return new GhaBucket(options, service, readScopes(token))
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && text !== '' && text !== 'false' && text !== '0'
}

/**
 * Entries never change. A blob is the entry of its digest; where that key is taken by an upload
 * that never ended, another key that begins with it. Each manifest is a new entry, whose key begins
 * with name and scope.
 */
class GhaBucket implements Bucket {
  readonly #options: GhaOptions
  readonly #service: CacheService
  readonly #scopes: CacheScopes
  #listed: Promise<ReadonlyMap<string, number>> | undefined

  constructor(options: GhaOptions, service: CacheService, scopes: CacheScopes) {
    this.#options = options
    this.#service = service
    this.#scopes = scopes
  }

  async find(blob: Descriptor): Promise<number | undefined> {
    const key = blobKey(blob)
    if (!this.#options.githubToken) return this.#measure(blob, key)
    const listed = await this.#list()
    return listed.get(key) ?? sizeOfOther(listed, key)
  }

  async open(blob: Descriptor, offset: number, signal?: AbortSignal): Promise<Opened | undefined> {
    const found = await this.#service.find(blobKey(blob))
    return found && openBlob(this.#blob(found.url, blob.digest, signal), offset)
  }

  async put(blob: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    const key = blobKey(blob)
    const object = { bytes: content, size: blob.size, what: blob.digest, signal }
    if (await this.#write(key, object)) return
    // Another job was faster, or its upload never ended.
    if ((await this.#service.find(key)) !== undefined) return discardContent(content)
    if (!(await this.#write(`${key}-${unique()}`, object))) throw refused(blob.digest)
  }

  async readManifests(name: string): Promise<readonly Uint8Array[]> {
    const found = await Promise.all(
      this.#scopes.readable.map(async (scope) => {
        const entry = await this.#service.find(indexKey(name, scope))
        const response = entry && (await readBlob(this.#blob(entry.url, 'the manifest'), 0))
        return response && readBody(response, maxManifest)
      }),
    )
    return found.filter((bytes) => bytes !== undefined)
  }

  async writeManifest(name: string, bytes: Uint8Array): Promise<void> {
    const { writable } = this.#scopes
    if (writable === undefined)
      throw new BucketError('BUCKET_FAILED', 'this job may not write to the cache of the repository')
    const key = `${indexKey(name, writable)}${unique()}`
    const object = { bytes: oneChunk(bytes), size: bytes.length, what: 'the manifest' }
    if (!(await this.#write(key, object))) throw refused(object.what)
  }

  /** False when the key is taken; then nothing of the bytes is read. */
  async #write(key: string, { bytes, size, what, signal }: NewEntry): Promise<boolean> {
    const url = await this.#service.create(key)
    if (url === undefined) return false
    await writeBlob(this.#blob(url, what, signal), { bytes, size })
    await this.#service.finish(key, size)
    return true
  }

  /** Size of an entry, which only the place of its bytes knows. */
  async #measure(blob: Descriptor, key: string): Promise<number | undefined> {
    const found = await this.#service.find(key)
    if (found === undefined) return undefined
    const { url, send } = this.#blob(found.url, blob.digest)
    const response = await send({ method: 'HEAD', url })
    await drain(response)
    const size = Number(response.headers.get('content-length') ?? Number.NaN)
    // A server without HEAD does not say the size. The entry exists; reading it verifies it.
    return response.status === 200 && !Number.isNaN(size) ? size : blob.size
  }

  #list(): Promise<ReadonlyMap<string, number>> {
    return (this.#listed ??= listKeys(this.#options, blobPrefix, this.#scopes.readable))
  }

  #blob(url: URL, what: string, signal?: AbortSignal): BlockBlob {
    return { url, what, send: plainSend(this.#options.http), signal }
  }
}

interface NewEntry {
  readonly bytes: Bytes
  readonly size: number
  /** For messages. */
  readonly what: string
  readonly signal?: AbortSignal | undefined
}

function refused(what: string): BucketError {
  return new BucketError('BUCKET_FAILED', `write ${what}: the cache service takes no entry`)
}

/** Size of an entry whose key begins with this one. */
function sizeOfOther(listed: ReadonlyMap<string, number>, key: string): number | undefined {
  for (const [other, size] of listed) if (other.startsWith(`${key}-`)) return size
  return undefined
}

function blobKey({ digest }: Descriptor): string {
  if (!isDigest(digest)) throw new BucketError('BUCKET_FAILED', 'not a digest')
  return `${blobPrefix}${digest.replace(':', '-')}`
}

/** The scope is part of the key, so that a job reads its own cache and those below it. */
function indexKey(name: string, scope: string): string {
  // Keys have at most 512 characters, and no comma.
  const safe = /^[\w./-]{1,200}$/.test(name) ? name : sha256(name)
  return `${indexPrefix}${safe}-${sha256(scope).slice(0, 16)}-`
}

function unique(): string {
  return `${Date.now()}-${randomBytes(4).toString('hex')}`
}
