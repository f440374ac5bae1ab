import type { Descriptor } from '@tsbuild/oci'
import pLimit from 'p-limit'
import { CopyError } from './copy-error.ts'
import { ContentError } from '../storage/errors.ts'
import { oneChunk } from '../storage/memory-content.ts'
import { fetchAll } from '../storage/read-all.ts'
import type { Bytes, ContentSource, ContentTarget } from '../storage/storage.ts'
import { factsOf, withFacts } from '../storage/stream-facts.ts'
import { isDocument, successorsIn } from './successors.ts'

/**
 * Index, manifest and layer are three levels. Signatures of signatures add a few. Only an attack is
 * deeper.
 */
const maximumDepth = 16
/** Number of concurrent `has` requests to the target. */
const maximumChecks = 16

/** Source and target of a copy. */
export interface CopyOptions {
  readonly from: ContentSource
  readonly to: ContentTarget
  /** Number of contents moved at the same time. Default 4. */
  readonly concurrency?: number
  readonly signal?: AbortSignal
  /**
   * A manifest the target has vouches for all below it, which is then not checked. Registries
   * guarantee that. A local store with a part of an image does not. Default false.
   */
  readonly trustPresent?: boolean
  /**
   * Reports that `done` bytes of the content have arrived. Content that existed or was adopted is
   * reported once, with its size and the reason. Must not throw. The copy waits for a returned
   * promise.
   */
  onProgress?(descriptor: Descriptor, done: number, skipped?: Skipped): unknown
}

/** Reason why no byte of a content moved. */
export type Skipped = 'exists' | 'adopted'

/**
 * Copies everything reachable from `root`, each content once and children before parents, so that
 * the target never holds a manifest without its parts. Rejects with `CopyError`, or the signal's
 * reason, when everything under way has stopped.
 */
export async function copyGraph(root: Descriptor, options: CopyOptions): Promise<void> {
  const failed = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, failed.signal]) : failed.signal
  const limit = pLimit(options.concurrency ?? 4)
  // Questions are short: they need not wait for transfers.
  const checks = pLimit(maximumChecks)
  const started = new Map<string, Promise<void>>()
  try {
    await visit(root, 0)
  } catch {
    // The first failure is the reason. The others stopped because of it.
    throw signal.reason
  }

  function visit(node: Descriptor, depth: number): Promise<void> {
    const key = `${node.mediaType} ${node.digest}`
    const shared = started.get(key)
    if (shared !== undefined) return shared
    const copying = copyNode(node, depth).catch((error: unknown) => {
      failed.abort(error)
      throw error
    })
    started.set(key, copying)
    return copying
  }

  async function copyNode(node: Descriptor, depth: number): Promise<void> {
    const isPresent = (): Promise<boolean> => checks(() => skipPresent(node, { ...options, signal }))
    if (!isDocument(node)) {
      if (await isPresent()) return
      return limit(() => transfer(node, () => options.from.open(node, signal), { ...options, signal }))
    }
    if (depth > maximumDepth)
      throw new CopyError('source', node, new ContentError('CONTENT_CORRUPT', 'nested too deeply'))
    const { trustPresent = false } = options
    if (trustPresent && (await isPresent())) return
    const { bytes, children } = await limit(() => readDocument(node, options.from, signal))
    await awaitAll(children.map((child) => visit(child, depth + 1)))
    if (!trustPresent && (await isPresent())) return
    await limit(() => transfer(node, async () => oneChunk(bytes), { ...options, signal }))
  }
}

/** Waits for all to settle, so that no work continues after a failure. */
async function awaitAll(promises: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) if (result.status === 'rejected') throw result.reason
}

async function readDocument(
  node: Descriptor,
  from: ContentSource,
  signal: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly children: readonly Descriptor[] }> {
  signal.throwIfAborted()
  try {
    const bytes = await fetchAll(
      { has: (target) => from.has(target), open: (target) => from.open(target, signal) },
      node,
    )
    return { bytes, children: successorsIn(node, bytes) }
  } catch (error) {
    throw new CopyError('source', node, error)
  }
}

async function skipPresent(
  node: Descriptor,
  { to, onProgress, signal }: CopyOptions & { readonly signal: AbortSignal },
): Promise<boolean> {
  signal.throwIfAborted()
  const present = await to.has(node).catch((error: unknown) => {
    throw new CopyError('target', node, error)
  })
  if (present) await onProgress?.(node, node.size, 'exists')
  return present
}

async function transfer(
  node: Descriptor,
  open: () => Promise<Bytes>,
  options: CopyOptions & { readonly signal: AbortSignal },
): Promise<void> {
  const { from, to, signal, onProgress } = options
  signal.throwIfAborted()
  let side: 'source' | 'target' = 'target'
  let furthest = 0
  let readings = 0
  // A target that has to begin again opens the source again.
  async function* watch(): AsyncGenerator<Uint8Array, void, undefined> {
    let done = 0
    side = 'target'
    readings += 1
    try {
      const content = await open()
      // From the second time on the source checks: the target may have refused what it sent.
      if (readings === 1 && factsOf(watched).isCheckedElsewhere === true)
        withFacts(content, { ...factsOf(content), isCheckedElsewhere: true })
      withFacts(watched, { ...factsOf(content), isSole: true })
      for await (const chunk of content) {
        const { length } = chunk
        yield chunk
        done += length
        if (done > furthest) await onProgress?.(node, (furthest = done))
      }
    } catch (error) {
      side = 'source'
      throw error
    }
  }
  const watched = withFacts({ [Symbol.asyncIterator]: watch }, { isSole: true })
  try {
    if ((await to.adopt?.(node, from)) === true) await onProgress?.(node, node.size, 'adopted')
    else await to.put(node, watched, signal)
  } catch (error) {
    throw new CopyError(side, node, error)
  }
}
