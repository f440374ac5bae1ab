import { type Bytes, factsOf, readAll, verified, withFacts } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { callEndpoint, type EndpointContext } from '../endpoints/call-endpoint.ts'
import { checkBlob } from '../endpoints/check-blob.ts'
import { finishUpload } from '../endpoints/finish-upload.ts'
import { sendChunk } from '../endpoints/send-chunk.ts'
import { startUpload } from '../endpoints/start-upload.ts'
import { readProgress, type UploadProgress } from '../endpoints/upload-progress.ts'
import { RegistryError } from '../errors.ts'
import { attemptsIfSilent, backoff, pause, type RetryPolicy } from '../middleware/retry.ts'
import { bytesPerResume } from '../resume.ts'
import { checkRefused, leaveCheck } from './check-refused.ts'
import { BlobReader } from './blob-reader.ts'
import { canReopen, repeat } from './reopen.ts'
import { reportRetry } from './report-retry.ts'

/** Blobs up to this size, in bytes, are read into memory so that they can be sent again. */
const maxBuffered = 1024 * 1024
/** Blobs up to this size, in bytes, take one request, and are sent anew after a failure. */
const maxMonolithic = 8 * 1024 * 1024
/**
 * Sizes of chunks, in bytes, for registries behind something that refuses or cuts long bodies: 100
 * MB is a limit of CDNs, 1 MiB the default of nginx.
 */
const smallest = 1024 * 1024
const chunkSizes = [Number.POSITIVE_INFINITY, 64 * 1024 * 1024, maxMonolithic, smallest]

/** One upload, which may take several requests. */
interface Upload {
  readonly context: EndpointContext
  readonly blob: Descriptor
  /** The bytes from `start` to `end`. */
  readonly open: (start: number, end: number) => Bytes
  location: string | undefined
  /** Bytes that the registry has confirmed. */
  received: number
  /** Index in `chunkSizes`. */
  chunk: number
  /** Bytes are sent apart from the request that completes the upload. */
  chunked: boolean
}

/**
 * Uploads a blob: a small one with one PUT, a large one with PATCH, which continues where a
 * connection broke. That takes content that can be opened again: small blobs, and iterables that
 * give a new iterator each time. The registry compares the digest (distribution-spec § Pushing
 * blobs), so large content that can be opened again is hashed here only after the registry refused
 * it. Errors of the content itself (its own, or `DIGEST_MISMATCH`) come out unchanged.
 *
 * `location` is of an upload that the registry has opened already.
 */
export async function upload(
  context: EndpointContext,
  blob: Descriptor,
  options: { readonly content: Bytes; readonly policy: RetryPolicy; readonly location?: string | undefined },
): Promise<void> {
  const { policy } = options
  const content =
    blob.size <= maxBuffered ? repeat(await readAll(verified(options.content, blob), blob.size)) : options.content
  const isRepeatable = canReopen(content)
  if (isRepeatable) leaveCheck(content)
  const attempts = isRepeatable ? policy.attempts : 1
  const { isSole = false } = factsOf(content)
  const reader = new BlobReader(() => verified(content, blob), blob.size)
  const state: Upload = {
    context,
    blob,
    open: (start, end) => withFacts(reader.read(start, end), { isSole }),
    location: options.location,
    received: 0,
    chunk: 0,
    chunked: blob.size > maxMonolithic,
  }
  for (let failures = 1, furthest = 0; ; failures++) {
    const before = state.received
    if (state.location === undefined) {
      // One bound holds for all requests of the upload, those that open it included.
      const left = policy.attempts + Math.floor(furthest / bytesPerResume) - failures
      const started = await callEndpoint(context, startUpload(context.repository, Math.max(0, left) + 1))
      state.location = started.location
      failures += started.attempts - 1
    }
    try {
      return await send(state, state.location)
    } catch (error) {
      reader.reset()
      if (isRepeatable) await checkRefused(error, content, blob)
      furthest = Math.max(furthest, state.received)
      const allowed = attempts - 1 + Math.floor(furthest / bytesPerResume)
      const delay = waitAfter(error, { failures, allowed, policy, state })
      if (!(error instanceof RegistryError)) throw error
      if (delay === undefined) throw error.tried(failures)
      const { location = `/v2/${context.repository}/blobs/uploads/` } = state
      await reportRetry(
        context,
        { method: state.chunked ? 'PATCH' : 'PUT', path: location },
        { attempt: failures, delay, error },
      )
      await pause(delay, context.signal)
      if (await isFound(state)) return
      if (isTooLarge(error)) shrink(state, chunkSizes.length - 1)
      else if (state.chunked && state.received <= before) shrink(state, chunkSizes.indexOf(maxMonolithic))
    }
  }
}

async function send(state: Upload, begun: string): Promise<void> {
  const { context, blob, open } = state
  let location = begun
  const { size } = blob
  if (!state.chunked)
    return callEndpoint(
      context,
      finishUpload(location, blob, () => open(0, size)),
    )
  while (state.received < size) {
    const start = state.received
    const end = Math.min(size, start + (chunkSizes[state.chunk] ?? smallest))
    const chunk = { start, end, open: () => open(start, end) }
    const taken: UploadProgress = await callEndpoint(context, sendChunk(location, blob, chunk))
    location = taken.location
    const { received = end } = taken
    state.location = location
    state.received = Math.min(Math.max(received, start), end)
    if (received !== end)
      throw new RegistryError('REGISTRY_PROTOCOL', `the registry took ${received} of ${end} bytes`, { temporary: true })
  }
  await callEndpoint(context, finishUpload(location, blob))
}

/**
 * Finds out where to continue; an upload that the registry has forgotten begins anew. True if the
 * blob is complete: then only the last answer was lost.
 */
async function isFound(state: Upload): Promise<boolean> {
  const { context, blob, location } = state
  const wasComplete = state.chunked && state.received === blob.size
  const progress = state.chunked && location !== undefined ? await askProgress(context, location) : undefined
  state.location = progress?.location
  state.received = Math.min(progress?.received ?? 0, blob.size)
  if (progress !== undefined || !wasComplete) return false
  return callEndpoint(context, checkBlob(context.repository, blob.digest, ['pull', 'push']))
}

/** Undefined where the registry does not know the upload, or cannot report its state. */
async function askProgress(context: EndpointContext, location: string): Promise<UploadProgress | undefined> {
  try {
    return await callEndpoint(context, readProgress(location))
  } catch (error) {
    if (error instanceof RegistryError && error.status !== undefined && !error.temporary) return undefined
    throw error
  }
}

/** Milliseconds until the next attempt; undefined where none would help or is allowed. */
function waitAfter(
  error: unknown,
  {
    failures,
    allowed,
    policy,
    state,
  }: { readonly failures: number; readonly allowed: number; readonly policy: RetryPolicy; readonly state: Upload },
): number | undefined {
  if (!(error instanceof RegistryError) || failures > allowed) return undefined
  if (error.code === 'REGISTRY_TIMEOUT' && failures > allowed - policy.attempts + attemptsIfSilent) return undefined
  if (isTooLarge(error)) return state.blob.size > smallest && state.chunk < chunkSizes.length - 1 ? 0 : undefined
  if (!mayContinue(error)) return undefined
  const delay = Math.max(backoff(policy, Math.min(failures, policy.attempts)), error.retryAfter ?? 0)
  return delay > policy.maxRetryAfter ? undefined : delay
}

/**
 * Besides temporary failures: a token that expired since the upload began, and an upload that the
 * registry has forgotten or has at another offset.
 */
function mayContinue({ temporary, code, status, errors }: RegistryError): boolean {
  return (
    temporary ||
    code === 'REGISTRY_UNAUTHORIZED' ||
    status === 416 ||
    errors.some((error) => error.code === 'BLOB_UPLOAD_UNKNOWN')
  )
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 413
}

/** Chooses the next size of chunks that makes a difference, down to the one at index `last`. */
function shrink(state: Upload, last: number): void {
  state.chunked = true
  if (state.chunk >= last) return
  const largest = state.blob.size - state.received
  do state.chunk++
  while (state.chunk < last && (chunkSizes[state.chunk] ?? 0) >= largest)
}
