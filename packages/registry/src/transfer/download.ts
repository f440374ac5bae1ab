import { type Bytes, ContentError, verified, withFacts } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { callEndpoint, formatOperation, type EndpointContext } from '../endpoints/call-endpoint.ts'
import { pullContent, type PullRequest } from '../endpoints/pull-content.ts'
import { RegistryError } from '../errors.ts'
import type { RetryPolicy } from '../middleware/retry.ts'
import { type Continuation, type Opened, resume } from '../resume.ts'
import { reportRetry } from './report-retry.ts'
import { blamed } from '../wrong-content.ts'

/**
 * Opens content by digest. Where a connection broke, the stream continues with a Range request; all
 * parts are verified together. Each further iteration requests the content again. Returning an
 * iterator before its first chunk closes the connection. Rejects with `ContentError` `NOT_FOUND`
 * when the repository has no such content.
 */
export async function download(
  context: EndpointContext,
  target: Descriptor,
  options: { readonly kind: PullRequest['kind']; readonly policy: RetryPolicy },
): Promise<Bytes> {
  const pull = (offset: number): ReturnType<typeof pullContent> =>
    pullContent({ repository: context.repository, kind: options.kind, ...target, offset })
  const operation = formatOperation(context, pull(0))
  const discarded = new AbortController()
  const signals = [context.signal ?? [], discarded.signal].flat()
  const open = async (offset: number, signal = context.signal): Promise<Opened> => {
    // The registry itself takes over from a mirror that broke off.
    const mirrored = offset === 0 && context.mirrored === true
    const pulled = await callEndpoint({ ...context, signal, mirrored }, pull(offset)).catch((error: unknown) => {
      // Not all servers that take a Range take any.
      if (offset > 0 && error instanceof RegistryError && error.status === 416)
        return callEndpoint({ ...context, mirrored }, pull(0))
      throw error
    })
    if (pulled !== undefined) return pulled
    throw new ContentError('NOT_FOUND', `${operation}: not found`)
  }
  let first: Opened | undefined = await open(0, AbortSignal.any(signals))
  const { policy } = options
  const { registry, signal } = context
  const onBreak = (continuation: Continuation): Promise<void> => reportRetry(context, pull(0), continuation)
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    const opened = first ?? (await open(0))
    first = undefined
    const bytes = resume({ size: target.size, policy, signal, open, onBreak }, opened)
    yield* blamed(verified(explained(bytes, { operation, registry }), target), { operation, registry })
  }
  function iterate(): AsyncIterator<Uint8Array, void, undefined> {
    const bytes = read()
    let isRead = false
    return {
      next: () => {
        isRead = true
        return bytes.next()
      },
      return: () => {
        // A generator that has not begun has no `finally` to run.
        if (!isRead && first !== undefined) {
          first = undefined
          discarded.abort()
        }
        return bytes.return()
      },
    }
  }
  return withFacts({ [Symbol.asyncIterator]: iterate }, { checked: target })
}

/** Passes bytes on. A broken connection gets the operation that it is part of. */
async function* explained(
  bytes: Bytes,
  { operation, registry }: { readonly operation: string; readonly registry: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* bytes
  } catch (error) {
    // Errors of a request that was repeated name it already.
    throw error instanceof RegistryError && error.registry === undefined ? error.during(operation, registry) : error
  }
}
