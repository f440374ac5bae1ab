import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unescape } from 'node:querystring'
import { type Digest, isDigest } from '@tsbuild/oci'
import type { Entry } from '@tsbuild/tree'
import type { HttpOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { writeFileAtomic } from '../layer/write-file.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { once } from '../solve/once.ts'
import { SourceError } from './source-error.ts'

/** Asks for a URL; as the global `fetch`, which follows redirects. */
export type HttpFetch = (
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<Response>

export interface HttpOptions {
  readonly fetch: HttpFetch
  /** Build secrets that authenticate downloads: `HTTP_AUTH_TOKEN_host`, `HTTP_AUTH_HEADER_host`. */
  secret(id: string): Promise<Uint8Array | undefined>
}

/** What the store knows of a URL since it was last asked for. */
interface Download {
  readonly digest: Digest
  readonly size: number
  /** Seconds; from Last-Modified, else 0. */
  readonly mtime: number
  readonly etag?: string
  readonly lastModified?: string
}

/** ADD of a URL: one file, 0600, dated by Last-Modified. Asked for again on every build unless a checksum pins it. */
export function httpExecutor(store: LayerStore, options: HttpOptions): OpExecutor<HttpOp> {
  const downloads = new Map<string, Promise<Download>>()
  const get = (op: HttpOp, signal: AbortSignal): Promise<Download> =>
    once(downloads, JSON.stringify([op.url, op.checksum]), () => download(op, { store, signal, ...options }))
  return {
    uncached: true,
    key: async (op, { signal }) => {
      const { digest, mtime } = await get(op, signal)
      return keyOf('http', { filename: op.filename, digest, mtime })
    },
    run: async (op, _inputs, { signal }) => {
      const { digest, size, mtime } = await get(op, signal)
      const open = (): AsyncIterable<Uint8Array> => createReadStream(store.blobs.pathOf(digest))
      const entry: Entry = { type: 'file', mode: 0o600, uid: 0, gid: 0, mtime, content: { digest, size, open } }
      return [store.fromDiff(new Map([[op.filename, { type: 'set' as const, entry }]]), { type: 'none' })]
    },
  }
}

type Request = HttpOptions & { readonly store: LayerStore; readonly signal: AbortSignal }

async function download(op: HttpOp, request: Request): Promise<Download> {
  const { store, signal } = request
  const record = join(store.paths.sources, `http-${createHash('sha256').update(op.url).digest('hex').slice(0, 32)}.json`)
  const known = await readRecord(record, store)
  if (known && known.digest === op.checksum) return known
  const response = await ask(op.url, request, known)
  if (known && response.status === 304) return checked(op, known)
  if (!response.ok || response.body === null) {
    throw new SourceError('SOURCE_STATUS', `invalid response status ${response.status} for ${redacted(op.url)}`)
  }
  const { digest, size } = await store.blobs.ingest(response.body, signal)
  const made = checked(op, { digest, size, ...validators(response) })
  await writeFileAtomic(record, JSON.stringify(made), store.paths.temporary)
  return made
}

async function ask(url: string, { fetch, secret, signal }: Request, known: Download | undefined): Promise<Response> {
  const address = new URL(url)
  const { host, username, password } = address
  const [token, header] = await Promise.all([secret(`HTTP_AUTH_TOKEN_${host}`), secret(`HTTP_AUTH_HEADER_${host}`)])
  const headers: Record<string, string> = { 'user-agent': 'tsbuild' }
  // `fetch` refuses an address with a password, and repeats it in the message.
  if (username + password !== '') headers['authorization'] = `Basic ${base64(`${unescape(username)}:${unescape(password)}`)}`
  address.username = ''
  address.password = ''
  if (token) headers['authorization'] = `Bearer ${Buffer.from(token).toString().trim()}`
  if (header) headers['authorization'] = Buffer.from(header).toString().trim()
  if (known?.etag !== undefined) headers['if-none-match'] = known.etag
  else if (known?.lastModified !== undefined) headers['if-modified-since'] = known.lastModified
  try {
    return await fetch(address.href, { headers, signal })
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new SourceError('SOURCE_UNREACHABLE', `Cannot download ${redacted(url)}: ${reason}`, { cause: error })
  }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function checked(op: HttpOp, download: Download): Download {
  if (op.checksum === undefined || download.digest === op.checksum) return download
  throw new SourceError('SOURCE_DIGEST_MISMATCH', `digest mismatch for ${redacted(op.url)}: ${download.digest} (expected: ${op.checksum})`)
}

function validators(response: Response): Pick<Download, 'mtime' | 'etag' | 'lastModified'> {
  const etag = response.headers.get('etag')
  const lastModified = response.headers.get('last-modified')
  const time = lastModified === null ? Number.NaN : Date.parse(lastModified)
  return {
    mtime: Number.isNaN(time) ? 0 : Math.floor(time / 1000),
    ...(etag === null ? {} : { etag }),
    ...(lastModified === null ? {} : { lastModified }),
  }
}

async function readRecord(path: string, store: LayerStore): Promise<Download | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (typeof value !== 'object' || value === null || !('digest' in value) || !('size' in value) || !('mtime' in value)) return undefined
    const { digest, size, mtime } = value
    if (typeof digest !== 'string' || !isDigest(digest) || typeof size !== 'number' || typeof mtime !== 'number') return undefined
    if (!(await store.blobs.has({ mediaType: 'application/octet-stream', digest, size }))) return undefined
    return {
      digest,
      size,
      mtime,
      ...('etag' in value && typeof value.etag === 'string' ? { etag: value.etag } : {}),
      ...('lastModified' in value && typeof value.lastModified === 'string' ? { lastModified: value.lastModified } : {}),
    }
  } catch {
    return undefined
  }
}

/** A URL without what may be secret in it. */
function redacted(url: string): string {
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname}`
}
