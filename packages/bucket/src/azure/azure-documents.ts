import { drain, readBody } from '@tsbuild/registry'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { conditionHeaders, isConflict, maxDocument, type VersionedDocuments } from '../store/versioned-documents.ts'
import { type BlockBlob, readBlob } from './block-blob.ts'

/**
 * Documents in a container of Azure, whose versions are ETags ("Specifying conditional headers for
 * Blob service operations").
 */
export function azureDocuments(blobOf: (name: string, signal?: AbortSignal) => Promise<BlockBlob>): VersionedDocuments {
  return {
    async read(name, signal) {
      const response = await readBlob(await blobOf(name, signal), 0)
      if (response === undefined) return undefined
      const version = response.headers.get('etag')
      if (version === null) throw new BucketError('BUCKET_FAILED', 'read a document: the answer has no ETag')
      return { bytes: await readBody(response, maxDocument), version }
    },
    async write(name, body, condition) {
      const { url, send, signal } = await blobOf(name, condition.signal)
      const headers = { 'x-ms-blob-type': 'BlockBlob', ...conditionHeaders(condition) }
      const response = await send({ method: 'PUT', url, headers, body, signal })
      const version = response.headers.get('etag')
      if (response.status !== 201) {
        const error = await errorFrom(response, 'write a document')
        if (isConflict(response.status) && error.answer !== 'ContainerNotFound') return undefined
        throw error
      }
      await drain(response)
      if (version === null) throw new BucketError('BUCKET_FAILED', 'write a document: the answer has no ETag')
      return version
    },
  }
}
