import { ContentError, verified, type Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { callEndpoint, formatOperation, type EndpointContext } from './endpoints/call-endpoint.ts'
import { pullContent, type Pulled, type PullRequest } from './endpoints/pull-content.ts'
import { RegistryError } from './errors.ts'
import { attemptsIfSilent, backoff, pause, type RetryPolicy } from './middleware/retry.ts'
import { blamed } from './wrong-content.ts'

/**
 * Every so many bytes received earn one more reconnection, so that large blobs survive a poor line
 * and a hostile server ends.
 */
const bytesPerResume = 16 * 1024 * 1024

/**
 * Opens content by digest; the stream continues with a Range request where a connection broke, and
 * is verified. Rejects with `ContentError` `NOT_FOUND` when the repository has no such content.
 */
export async function download(
  context: EndpointContext,
  target: Descriptor,
  options: { readonly kind: PullRequest['kind']; readonly policy: RetryPolicy },
): Promise<Bytes> {
  const pull = (offset: number): ReturnType<typeof pullContent> =>
    pullContent({ repository: context.repository, kind: options.kind, digest: target.digest, offset })
  const operation = formatOperation(context, pull(0))
  const open = async (offset: number): Promise<Pulled> => {
    // The registry itself takes over from a mirror that broke off.
    const pulled = await callEndpoint({ ...context, mirrored: offset === 0 && context.mirrored === true }, pull(offset))
    if (pulled !== undefined) return pulled
    throw new ContentError('NOT_FOUND', `${operation}: not found`)
  }
  const first = await open(0)
  const bytes = resuming({ context, target, open, operation, policy: options.policy }, first)
  return blamed(verified(bytes, target), operation)
}

interface Resuming {
  readonly context: EndpointContext
  readonly target: Descriptor
  readonly operation: string
  readonly policy: RetryPolicy
  open(offset: number): Promise<Pulled>
}

async function* resuming(
  { context, target, operation, policy, open }: Resuming,
  first: Pulled,
): AsyncGenerator<Uint8Array> {
  let pulled = first
  let offset = 0
  for (let failures = 1; ; failures++) {
    try {
      for await (const chunk of remainder(pulled, offset)) {
        offset += chunk.length
        yield chunk
      }
      return
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error
      // All bytes have arrived; the verification decides whether they are the right ones.
      if (offset >= target.size) return
      const attempts = error.code === 'REGISTRY_TIMEOUT' ? Math.min(policy.attempts, attemptsIfSilent) : policy.attempts
      const allowed = attempts - 1 + Math.floor(offset / bytesPerResume)
      if (!error.temporary || failures > allowed) throw error.during(operation, context.registry)
    }
    await pause(backoff(policy, Math.min(failures, policy.attempts)), context.signal)
    pulled = await open(offset)
  }
}

/** Bytes from `offset` on, also when the registry begins elsewhere. */
async function* remainder({ start, bytes }: Pulled, offset: number): AsyncGenerator<Uint8Array> {
  if (start > offset)
    throw new RegistryError('REGISTRY_PROTOCOL', `the answer begins at byte ${start} instead of ${offset}`)
  let skip = offset - start
  for await (const chunk of bytes) {
    if (skip < chunk.length) yield chunk.subarray(skip)
    skip = Math.max(0, skip - chunk.length)
  }
}
