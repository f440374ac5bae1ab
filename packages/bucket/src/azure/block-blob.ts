import { type Bytes, readAll } from '@tsbuild/content'
import { drain, type HttpResponse, type Opened, startOf } from '@tsbuild/registry'
import { errorFrom } from '../store/bucket-error.ts'
import type { Send } from '../store/object-request.ts'
import { maxWhole, sendParts } from '../store/parts.ts'

/** A block blob of Azure: its URL, and how requests about it are authorized. */
export interface BlockBlob {
  /** With a shared access signature, where that is the authorization. */
  readonly url: URL
  readonly send: Send
  /** For messages: `sha256:…`, `the manifest`. */
  readonly what: string
  readonly signal?: AbortSignal | undefined
}

/** Content of a new blob. */
interface Content {
  readonly bytes: Bytes
  readonly size: number
}

/**
 * Writes a blob, in blocks if it is large. It exists only after the last request (Put Blob, Put
 * Block, Put Block List).
 */
export async function writeBlob({ url, send, what, signal }: BlockBlob, { bytes, size }: Content): Promise<void> {
  const put = async (target: URL, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void> => {
    const response = await send({ method: 'PUT', url: target, headers, body, signal })
    if (response.status !== 201) throw await errorFrom(response, `write ${what}`)
    await drain(response)
  }
  if (size <= maxWhole) return put(url, await readAll(bytes, size), { 'x-ms-blob-type': 'BlockBlob' })
  const ids = await sendParts({ bytes, size }, async (part, number) => {
    const id = Buffer.from(String(number).padStart(8, '0')).toString('base64')
    await put(withQuery(url, `comp=block&blockid=${encodeURIComponent(id)}`), part, {})
    return id
  })
  const list = ids.map((id) => `<Latest>${id}</Latest>`).join('')
  const body = Buffer.from(`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`)
  await put(withQuery(url, 'comp=blocklist'), body, { 'content-type': 'application/xml' })
}

/** Opens a blob from `offset` on; undefined when it does not exist. */
export async function openBlob(blob: BlockBlob, offset: number): Promise<Opened | undefined> {
  const response = await readBlob(blob, offset)
  return response && { start: startOf(response), bytes: response.body }
}

/** Answer with the bytes of a blob from `offset` on; undefined when it does not exist. */
export async function readBlob(
  { url, send, what, signal }: BlockBlob,
  offset: number,
): Promise<HttpResponse | undefined> {
  const headers = offset > 0 ? { range: `bytes=${offset}-` } : {}
  const response = await send({ method: 'GET', url, headers, signal })
  if (response.status === 200 || response.status === 206) return response
  const error = await errorFrom(response, `read ${what}`)
  if (error.status === 404) return undefined
  throw error
}

/** The URL with more fields; those that it has are part of a signature and stay as they are. */
export function withQuery(url: URL, query: string): URL {
  return new URL(`${url.href}${url.search === '' ? '?' : '&'}${query}`)
}
