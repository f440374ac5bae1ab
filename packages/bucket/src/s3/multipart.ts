import type { Bytes } from '@tsbuild/content'
import { drain } from '@tsbuild/registry'
import { memberOf, readText } from '@tsbuild/cloud'
import { BucketError, errorFrom } from '../store/bucket-error.ts'
import { sendParts } from '../store/parts.ts'
import type { S3Call } from './s3-caller.ts'

/**
 * Uploads an object in parts. It exists only after the last request; a failure removes the parts.
 */
export async function uploadParts(
  call: S3Call,
  key: string,
  content: { readonly bytes: Bytes; readonly size: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const { signal } = content
  const started = await call({ method: 'POST', key, query: { uploads: '' }, signal })
  if (started.status !== 200) throw await errorFrom(started, 'begin an upload')
  const uploadId = memberOf(await readText(started), 'UploadId')
  if (uploadId === undefined) throw new BucketError('BUCKET_FAILED', 'begin an upload: the answer has no UploadId')
  try {
    const tags = await sendParts(content, async (body, number) => {
      const query = { partNumber: String(number), uploadId }
      const response = await call({ method: 'PUT', key, query, body, signal })
      if (response.status !== 200) throw await errorFrom(response, `write part ${number}`)
      await drain(response)
      return response.headers.get('etag') ?? ''
    })
    const body = Buffer.from(completion(tags))
    const done = await call({ method: 'POST', key, query: { uploadId }, body, signal })
    // The status is sent before the object is put together: an error may come behind it.
    const text = done.status === 200 ? await readText(done) : ''
    if (done.status !== 200 || text.includes('<Error>')) throw await errorFrom(done, 'finish an upload')
  } catch (error) {
    // The parts cost money until then. Also after an abort, so without the signal.
    await call({ method: 'DELETE', key, query: { uploadId } }).then(drain, () => undefined)
    throw error
  }
}

function completion(tags: readonly string[]): string {
  const parts = tags.map((tag, index) => {
    const text = tag.replace(/[<>&]/g, '')
    return `<Part><PartNumber>${index + 1}</PartNumber><ETag>${text}</ETag></Part>`
  })
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`
}
