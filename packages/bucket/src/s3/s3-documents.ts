import { drain, readBody } from '@tsbuild/registry'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { conditionHeaders, isConflict, maxDocument, type VersionedDocuments } from '../store/versioned-documents.ts'
import type { S3Call } from './s3-caller.ts'

/** Documents in a bucket of S3, whose versions are ETags (User Guide, "Conditional requests"). */
export function s3Documents(call: S3Call, keyOf: (name: string) => string): VersionedDocuments {
  return {
    async read(name, signal) {
      const response = await call({ method: 'GET', key: keyOf(name), signal })
      const version = response.headers.get('etag')
      if (response.status === 200 && version !== null) return { bytes: await readBody(response, maxDocument), version }
      const error = await errorFrom(response, 'read a document')
      if (error.status === 404 && error.answer === 'NoSuchKey') return undefined
      throw error
    },
    async write(name, body, condition) {
      const headers = conditionHeaders(condition)
      const response = await call({ method: 'PUT', key: keyOf(name), headers, body, signal: condition.signal })
      const version = response.headers.get('etag')
      if (response.status !== 200) {
        const error = await errorFrom(response, 'write a document')
        if (isConflict(response.status) && error.answer !== 'NoSuchBucket') return undefined
        throw error
      }
      await drain(response)
      if (version === null) throw new BucketError('BUCKET_FAILED', 'write a document: the answer has no ETag')
      return version
    },
  }
}
