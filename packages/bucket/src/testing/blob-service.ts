import { createHash } from 'node:crypto'
import { answerRange, type ServedAnswer, type ServedRequest } from '@tsbuild/cloud/testing'

/** Blobs of Azure Blob Storage, by name. A blob is visible when it was written as a whole. */
export class BlobService {
  readonly blobs = new Map<string, Uint8Array>()
  readonly #blocks = new Map<string, Map<string, Uint8Array>>()

  /** Answers Put Blob, Put Block, Put Block List, Get Blob and Get Blob Properties. */
  answer(name: string, { method, url, headers, body }: ServedRequest): ServedAnswer {
    const component = url.searchParams.get('comp')
    if (method === 'PUT' && component === 'block') return this.#putBlock(name, url.searchParams.get('blockid'), body)
    if (method === 'PUT' && component === 'blocklist') return this.#commit(name, body.toString())
    if (method === 'PUT') {
      if (headers['x-ms-blob-type'] !== 'BlockBlob') return blobFailure(400, 'MissingRequiredHeader')
      const known = this.blobs.get(name)
      if (headers['if-none-match'] === '*' && known) return blobFailure(409, 'BlobAlreadyExists')
      const wanted = headers['if-match']
      if (wanted !== undefined && (!known || etag(known) !== wanted)) return blobFailure(412, 'ConditionNotMet')
      this.blobs.set(name, body)
      return { status: 201, headers: { etag: etag(body) } }
    }
    const stored = this.blobs.get(name)
    if (stored === undefined) return blobFailure(404, 'BlobNotFound')
    if (method !== 'GET' && method !== 'HEAD') return blobFailure(405, 'UnsupportedHttpVerb')
    return answerRange(stored, headers.range, { 'x-ms-blob-type': 'BlockBlob', etag: etag(stored) })
  }

  #putBlock(name: string, id: string | null, body: Uint8Array): ServedAnswer {
    if (id === null || Buffer.from(id, 'base64').toString('base64') !== id)
      return blobFailure(400, 'InvalidBlobOrBlock')
    const blocks = this.#blocks.get(name) ?? new Map<string, Uint8Array>()
    this.#blocks.set(name, blocks.set(id, body))
    return { status: 201 }
  }

  #commit(name: string, list: string): ServedAnswer {
    const ids = [...list.matchAll(/<Latest>([^<]+)<\/Latest>/g)].map(([, id = '']) => id)
    const blocks = ids.map((id) => this.#blocks.get(name)?.get(id))
    const known = blocks.filter((block) => block !== undefined)
    if (known.length < blocks.length) return blobFailure(400, 'InvalidBlockList')
    this.blobs.set(name, Buffer.concat(known))
    this.#blocks.delete(name)
    return { status: 201 }
  }
}

/** Error of Azure: a header and a document have its code. */
export function blobFailure(status: number, code: string): ServedAnswer {
  return { status, headers: { 'x-ms-error-code': code }, body: `<Error><Code>${code}</Code></Error>` }
}

function etag(bytes: Uint8Array): string {
  return `"0x${createHash('md5').update(bytes).digest('hex').slice(0, 15).toUpperCase()}"`
}
