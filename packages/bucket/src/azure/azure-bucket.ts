import { type Bytes, oneChunk } from '@tsbuild/content'
import { type Descriptor, isDigest } from '@tsbuild/oci'
import { drain, type Opened, readBody } from '@tsbuild/registry'
import type { Bucket } from '../store/bucket.ts'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { entraTokens, toHttp } from '@tsbuild/cloud'
import { type ObjectRequest, type Send, withSignal } from '../store/object-request.ts'
import type { VersionedDocuments } from '../store/versioned-documents.ts'
import { type Account, findAccount } from './account.ts'
import { azureDocuments } from './azure-documents.ts'
import type { AzureOptions } from './azure-options.ts'
import { type BlockBlob, openBlob, readBlob, withQuery, writeBlob } from './block-blob.ts'
import { signSharedKey } from './shared-key.ts'

/** Limit of a manifest, in bytes. */
const maxManifest = 4 * 1024 * 1024

/** Of the API; signatures depend on it. */
const version = '2021-12-02'

/** Opens a container of Azure Blob Storage; requests nothing yet. Throws `BucketError`. */
export function openAzure(options: AzureOptions): Bucket {
  return new AzureBucket(options, findAccount(options))
}

class AzureBucket implements Bucket {
  readonly #options: AzureOptions
  readonly #account: Account
  readonly #send: Send
  readonly documents: VersionedDocuments

  constructor(options: AzureOptions, account: Account) {
    this.#options = options
    this.#account = account
    this.#send = authorized(options, account)
    this.documents = azureDocuments(async (name, signal) => {
      await this.#ready()
      return this.#blob(this.#manifestName(name), 'a document', signal)
    })
  }

  async find(blob: Descriptor): Promise<number | undefined> {
    const response = await this.#send({ method: 'HEAD', url: this.#url(this.#blobName(blob)) })
    await drain(response)
    if (response.status === 200) return Number(response.headers.get('content-length'))
    const error = await errorFrom(response, `look for ${blob.digest}`)
    if (error.status === 404) return undefined
    throw error
  }

  async open(blob: Descriptor, offset: number, signal?: AbortSignal): Promise<Opened | undefined> {
    return openBlob(this.#blob(this.#blobName(blob), blob.digest, signal), offset)
  }

  async put(blob: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    await this.#ready()
    await writeBlob(this.#blob(this.#blobName(blob), blob.digest, signal), { bytes: content, size: blob.size })
  }

  async readManifests(name: string): Promise<readonly Uint8Array[]> {
    const response = await readBlob(this.#blob(this.#manifestName(name), 'the manifest'), 0)
    return response === undefined ? [] : [await readBody(response, maxManifest)]
  }

  async writeManifest(name: string, bytes: Uint8Array): Promise<void> {
    await this.#ready()
    const blob = this.#blob(this.#manifestName(name), 'the manifest')
    await writeBlob(blob, { bytes: oneChunk(bytes), size: bytes.length })
  }

  #making: Promise<void> | undefined

  /** Makes the container unless it exists, once. */
  #ready(): Promise<void> {
    return (this.#making ??= this.#make())
  }

  async #make(): Promise<void> {
    const response = await this.#send({ method: 'PUT', url: withQuery(this.#url(), 'restype=container') })
    // A signature for one container may write blobs, and make none.
    if (![201, 409, 403].includes(response.status)) throw await errorFrom(response, 'make the container')
    await drain(response)
  }

  #blob(name: string, what: string, signal?: AbortSignal): BlockBlob {
    return { url: this.#url(name), what, send: this.#send, signal }
  }

  #url(name?: string): URL {
    const { container, env } = this.#options
    const directory = container || env['BUILDKIT_AZURE_STORAGE_CONTAINER'] || 'buildkit-cache'
    const parts = [directory, ...(name ?? '').split('/')].filter((part) => part !== '')
    // A URL would resolve them, and lead to another container.
    if (parts.some((part) => part === '.' || part === '..'))
      throw new BucketError('BUCKET_FAILED', 'a name or prefix has "." or ".." between slashes')
    const url = new URL(this.#account.url)
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/${parts.map(encodeURIComponent).join('/')}`
    return url
  }

  #blobName({ digest }: Descriptor): string {
    if (!isDigest(digest)) throw new BucketError('BUCKET_FAILED', 'not a digest')
    return `${this.#prefix()}/${this.#options.blobsPrefix ?? 'blobs'}/${digest}`
  }

  #manifestName(name: string): string {
    return `${this.#prefix()}/${this.#options.manifestsPrefix ?? 'manifests'}/${name}`
  }

  #prefix(): string {
    return this.#options.prefix ?? this.#options.env['BUILDKIT_AZURE_STORAGE_PREFIX'] ?? ''
  }
}

/** Requests with a shared access signature, the key of the account, or a token. */
function authorized({ env, http }: AzureOptions, { key, signature }: Account): Send {
  const token = signature || key ? undefined : entraTokens({ env, http }, { resource: 'https://storage.azure.com' })
  return async ({ headers = {}, ...request }) => {
    const versioned: ObjectRequest = { ...request, headers: { ...headers, 'x-ms-version': version } }
    const sent = signature
      ? { ...versioned, url: withQuery(request.url, signature) }
      : key
        ? { ...versioned, headers: signSharedKey(versioned, key, new Date()) }
        : { ...versioned, headers: { ...versioned.headers, authorization: `Bearer ${await token?.()}` } }
    return http.fetch(toHttp({ ...sent, signal: withSignal(http.signal, request.signal) }))
  }
}
