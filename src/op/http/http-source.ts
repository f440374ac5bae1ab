import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bytes, defaultPace, hasErrno, type Pace } from '@tsbuild/content'
import { type Digest, isDigest } from '@tsbuild/oci'
import type { HttpOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteFileUse } from '../../layer/disk/note-use.ts'
import { writeFileAtomic } from '../../layer/disk/write-file.ts'
import { once } from '../../solve/once.ts'
import { defaultGrowth, type Growth, withinGrowth } from '../transfer/growth.ts'
import { httpHeaders } from './http-headers.ts'
import { SourceError } from '../transfer/source-error.ts'
import { watchTransfer } from '../transfer/watch-transfer.ts'

/** Requests a URL, as the global `fetch` does. Follows redirects. */
export type HttpFetch = (
  url: string,
  init: {
    readonly headers: Readonly<Record<string, string>>
    readonly signal: AbortSignal
    /**
     * Receives the number of body bytes that have come over the wire, compressed as the server
     * sends them.
     */
    readonly onReceived: (bytes: number) => void
  },
) => Promise<Response>

export interface HttpAccess {
  readonly fetch: HttpFetch
  /** Build secrets that authenticate downloads: `HTTP_AUTH_TOKEN_host`, `HTTP_AUTH_HEADER_host`. */
  secret(id: string): Promise<Uint8Array | undefined>
}

/** Limits for a server. */
export interface HttpLimits {
  /** Bytes of one download. */
  readonly size: number
  /** A server that sends fewer bytes in this time is not waited for. */
  readonly pace: Pace
  /** Bound of a body that the server compresses in transit. */
  readonly growth: Growth
}

/** State of a URL at its last request. Its bytes are a blob of the store. */
export interface Download {
  readonly digest: Digest
  readonly size: number
  /** Seconds, from Last-Modified. */
  readonly lastModified?: number
}

type Wanted = Pick<HttpOp, 'url' | 'checksum'>

/** Downloads of one build: every URL is requested once. */
export interface HttpSource {
  /**
   * Downloads a URL. A file with a known checksum needs no request, and an unchanged file no
   * download.
   */
  download(op: Wanted, signal: AbortSignal): Promise<Download>
}

interface Remembered extends Download {
  readonly etag?: string
  /** As the server wrote it. */
  readonly modified?: string
}

const defaultLimits: HttpLimits = { size: 64 * 2 ** 30, pace: defaultPace, growth: defaultGrowth }

/** Downloads into the blobs of a store, and records the validators for the next request. */
export function httpSource(store: LayerStore, access: HttpAccess, limits: HttpLimits = defaultLimits): HttpSource {
  const downloads = new Map<string, Promise<Download>>()
  return {
    download: (op, signal) =>
      once(downloads, JSON.stringify([op.url, op.checksum]), () => download(op, { store, limits, signal, ...access })),
  }
}

interface Request extends HttpAccess {
  readonly store: LayerStore
  readonly limits: HttpLimits
  readonly signal: AbortSignal
}

async function download(op: Wanted, request: Request): Promise<Download> {
  const { url, checksum } = op
  const { store, signal, limits } = request
  const path = join(store.paths.sources, `http-${createHash('sha256').update(url).digest('hex').slice(0, 32)}.json`)
  const known = await readRecord(path, store)
  if (known) await noteFileUse(path)
  if (known && known.digest === checksum) return known
  using watch = watchTransfer(limits.pace, signal)
  try {
    const { address, headers } = await httpHeaders(url, request.secret)
    let received = 0
    const onReceived = (bytes: number): void => {
      received += bytes
    }
    const response = await request.fetch(address, {
      headers: { ...headers, ...conditions(known) },
      signal: watch.signal,
      onReceived,
    })
    if (known && isUnchanged(response, known)) {
      await response.body?.cancel()
      return checked(known, op)
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      throw new SourceError(
        isNotFound(response.status) ? 'SOURCE_STATUS' : 'SOURCE_REFUSED',
        `invalid response status ${response.status} for ${redacted(url)}`,
        statusHint(response.status, url),
      )
    }
    // `fetch` has unpacked it, as the HTTP client of BuildKit does.
    const unpacked = response.headers.has('content-encoding')
      ? withinGrowth(response.body, limits.growth, { what: `the response from ${redacted(url)}`, read: () => received })
      : response.body
    const blob = await store.blobs.ingest(bounded(watch.count(unpacked), limits.size), watch.signal)
    const made = { ...blob, ...validators(response) }
    checked(made, op)
    await writeFileAtomic(path, JSON.stringify(made), store.paths)
    return made
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof SourceError || isOurs(error)) throw error
    // `fetch failed` is all that fetch itself says.
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    throw unreachable(url, cause)
  }
}

function unreachable(url: string, cause: unknown): SourceError {
  const plain = hasErrno(cause, 'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG')
  const reason = plain ? 'the server does not use TLS' : readMessage(cause)
  return new SourceError('SOURCE_UNREACHABLE', `cannot download ${redacted(url)}: ${reason}`, {
    // OpenSSL's message says no more than this.
    ...(!plain && { cause }),
    hint: plain
      ? 'check the address: that of a server without TLS begins with http://'
      : 'check the address, and the proxy in HTTP_PROXY and HTTPS_PROXY where one is needed',
  })
}

function statusHint(status: number, url: string): { readonly hint?: string } {
  if (status === 401 || status === 403)
    return { hint: `pass a token: --secret id=HTTP_AUTH_TOKEN_${new URL(url).hostname},src=FILE` }
  return isNotFound(status)
    ? { hint: 'check the address' }
    : status >= 500
      ? { hint: 'the fault is at the server: try again later' }
      : {}
}

function isNotFound(status: number): boolean {
  return status === 404 || status === 410
}

/** A full disk is not the server's fault. */
function isOurs(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'path' in error
}

async function* bounded(bytes: Bytes, limit: number): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > limit) throw new SourceError('SOURCE_TOO_LARGE', `a download may have at most ${limit} bytes`)
    yield chunk
  }
}

function conditions(known: Remembered | undefined): Readonly<{ [name: string]: string }> {
  if (known?.etag !== undefined) return { 'if-none-match': known.etag }
  return known?.modified === undefined ? {} : { 'if-modified-since': known.modified }
}

/** Some servers give out tags and do not understand them when they come back. */
function isUnchanged(response: Response, { etag }: Remembered): boolean {
  return (
    response.status === 304 ||
    (response.ok && etag !== undefined && strong(response.headers.get('etag') ?? '') === strong(etag))
  )
}

function strong(etag: string): string {
  return etag.replace(/^W\//, '')
}

function checked(download: Remembered, { url, checksum }: Wanted): Download {
  if (checksum === undefined || download.digest === checksum) return download
  throw new SourceError(
    'SOURCE_DIGEST_MISMATCH',
    `digest mismatch for ${redacted(url)}: ${download.digest} (expected: ${checksum})`,
    {
      hint: `write --checksum=${download.digest} if that is the file you want`,
    },
  )
}

function validators(response: Response): Pick<Remembered, 'lastModified' | 'etag' | 'modified'> {
  const etag = response.headers.get('etag')
  const modified = response.headers.get('last-modified')
  const time = modified === null ? Number.NaN : Date.parse(modified)
  return {
    ...(Number.isNaN(time) ? {} : { lastModified: Math.max(0, Math.floor(time / 1000)) }),
    ...(etag !== null && { etag }),
    ...(modified !== null && { modified }),
  }
}

async function readRecord(path: string, store: LayerStore): Promise<Remembered | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('digest' in value) || !('size' in value)) return undefined
    const { digest, size } = value
    if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number') return undefined
    if (!(await store.blobs.has({ mediaType: 'application/octet-stream', digest, size }))) return undefined
    return {
      digest,
      size,
      ...('lastModified' in value && typeof value.lastModified === 'number'
        ? { lastModified: value.lastModified }
        : {}),
      ...('etag' in value && typeof value.etag === 'string' && { etag: value.etag }),
      ...('modified' in value && typeof value.modified === 'string' && { modified: value.modified }),
    }
  } catch {
    return undefined
  }
}

function readMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** A URL without the parts that may be secret. */
function redacted(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
