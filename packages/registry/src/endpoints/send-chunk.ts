import type { Endpoint, EndpointBody } from './endpoint.ts'
import { uploadProgress, type UploadProgress } from './upload-progress.ts'

/** Part of a blob, in bytes: `start` included, `end` not. */
export interface Chunk {
  readonly start: number
  readonly end: number
  open: EndpointBody['open']
}

/** Sends a part of a blob (distribution-spec § Pushing a blob in chunks). */
export function sendChunk(
  location: string,
  { digest, size }: { readonly digest: string; readonly size: number },
  { start, end, open }: Chunk,
): Endpoint<UploadProgress> {
  const isWhole = start === 0 && end === size
  return {
    method: 'PATCH',
    path: location,
    body: { mediaType: 'application/octet-stream', size: end - start, open, once: true },
    ...(!isWhole && { headers: { 'content-range': `${start}-${end - 1}` } }),
    actions: ['pull', 'push'],
    describe: `push blob ${digest} to`,
    expects: [201, 202, 204],
    decode: uploadProgress,
  }
}
