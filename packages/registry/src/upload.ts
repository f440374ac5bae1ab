import { readAll, verified, type Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { callEndpoint, type EndpointContext } from './endpoints/call-endpoint.ts'
import { finishUpload } from './endpoints/finish-upload.ts'
import { startUpload } from './endpoints/start-upload.ts'
import { RegistryError } from './errors.ts'
import { backoff, pause, type RetryPolicy } from './middleware/retry.ts'
import { canReopen, repeat } from './reopen.ts'

/** Blobs up to this size, in bytes, are read into memory so that they can be sent again. */
const maxBuffered = 1024 * 1024

/**
 * Uploads a blob with one POST and one PUT and checks it on the way out. A broken upload begins
 * anew if the content can be opened again: small blobs, and iterables that give a new iterator each
 * time. Errors of the content itself (its own, or `DIGEST_MISMATCH`) come out unchanged.
 */
export async function upload(
  context: EndpointContext,
  blob: Descriptor,
  options: { readonly content: Bytes; readonly policy: RetryPolicy },
): Promise<void> {
  const { policy } = options
  const content =
    blob.size <= maxBuffered ? repeat(await readAll(verified(options.content, blob), blob.size)) : options.content
  const attempts = canReopen(content) ? policy.attempts : 1
  const source = observe(() => verified(content, blob))
  for (let attempt = 1; ; attempt++) {
    const location = await callEndpoint(context, startUpload(context.repository))
    try {
      return await callEndpoint(context, finishUpload(location, blob, source.open))
    } catch (error) {
      source.rethrow()
      if (attempt >= attempts || !mayRestart(error)) throw error
    }
    await pause(backoff(policy, attempt), context.signal)
  }
}

/**
 * Besides temporary failures: a token that ran out since the POST, and an upload session the
 * registry forgot.
 */
function mayRestart(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false
  return (
    error.temporary ||
    error.code === 'REGISTRY_UNAUTHORIZED' ||
    error.errors.some(({ code }) => code === 'BLOB_UPLOAD_UNKNOWN')
  )
}

/** Tells failures of the content from failures of the request it is the body of. */
function observe(open: () => Bytes): { readonly open: () => Bytes; rethrow(): void } {
  const failures: unknown[] = []
  async function* body(): AsyncGenerator<Uint8Array> {
    const iterator = open()[Symbol.asyncIterator]()
    try {
      for (;;) {
        const step = await iterator.next().catch((error: unknown) => {
          failures.push(error)
          throw error
        })
        if (step.done === true) return
        yield step.value
      }
    } finally {
      await iterator.return?.()
    }
  }
  return {
    open: body,
    rethrow: () => {
      if (failures.length > 0) throw failures[0]
    },
  }
}
