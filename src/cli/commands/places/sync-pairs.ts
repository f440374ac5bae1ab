import { isDigest } from '@tsbuild/oci'
import { describeFailure } from '../../../failure.ts'
import type { CopyOptions, LocalStore } from '../../../store/local-store.ts'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { SideAccess, TransferOptions } from '../../../store/transfer-options.ts'
import { Exit } from '../../invocation/exit.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeText } from '../../render/safe-text.ts'
import { isDigestTag, matchPattern } from '../../values/image-names.ts'
import { parseEndpoint } from '../../values/places/parse-endpoint.ts'
import type { SyncedRepository } from './sync-yaml.ts'
import { type TransferRequest, withTransfer } from '../with-store.ts'

/** The way to copy several images. */
export interface SyncRequest extends TransferRequest {
  readonly dryRun?: boolean
  readonly referrers?: boolean
  /** Access to each side, where it is another one than that of the call. */
  readonly sides?: Pick<CopyOptions, 'source' | 'destination'>
  /** Pattern of the tags to copy; the places are then repositories. */
  readonly tags?: string
}

/** One image to copy, as the list names it. */
export interface Pair {
  readonly from: string
  readonly to: string
  /** The source allows plain HTTP or unverified TLS. */
  readonly isInsecure?: boolean
}

/**
 * Copies the images that their destinations lack, and prints a line for each. Ends with the exit
 * code of the first failure.
 */
export async function syncPairs(
  invocation: Invocation,
  pairs: readonly (Pair | SyncedRepository)[],
  request: SyncRequest & { readonly concurrency: number },
): Promise<void> {
  const { cwd, stdout } = invocation
  const { default: pLimit } = await import('p-limit')
  const limit = pLimit(request.concurrency)
  const codes = await withTransfer(invocation, request, async (store, options) => {
    const all = await withTags(pairs, request, { store, options, cwd })
    return Promise.all(
      all.map((pair) =>
        limit(async () => {
          const { word, code } = await syncOne(pair, request, { store, options, cwd })
          stdout.write(`${safeText(`${word}  ${pair.from}  ${pair.to}`)}\n`)
          return code
        }),
      ),
    )
  })
  const failed = codes.find((code) => code !== 0)
  if (failed !== undefined) throw new Exit(failed)
}

interface SyncContext {
  readonly store: LocalStore
  readonly options: TransferOptions
  readonly cwd: string
}

async function syncOne(
  pair: Pair,
  { dryRun, referrers = false, sides = {} }: SyncRequest,
  { store, options, cwd }: SyncContext,
): Promise<{ readonly word: string; readonly code: number }> {
  try {
    const [source, target] = [parseEndpoint(pair.from, cwd), parseEndpoint(pair.to, cwd)]
    const near = sourceAccess(pair, sides)
    const wanted = await digestAt(source, store, { ...options, ...near })
    const present = await digestAt(target, store, { ...options, ...sides.destination }).catch(() => undefined)
    if (wanted === present && !referrers) return { word: 'unchanged', code: 0 }
    if (dryRun) return { word: wanted === present ? 'unchanged' : 'missing', code: 0 }
    await store.copy(source, target, { ...options, ...sides, source: near, referrers })
    return { word: wanted === present ? 'unchanged' : 'copied', code: 0 }
  } catch (error) {
    options.signal.throwIfAborted()
    const { message, exitCode } = describeFailure(error)
    return { word: `failed (${message})`, code: exitCode }
  }
}

async function digestAt(place: CopyEndpoint, store: LocalStore, options: TransferOptions): Promise<string> {
  await using source = await store.open(place, options)
  return source.descriptor.digest
}

/**
 * A pair for each image. With a pattern, places are repositories, as all of a list in YAML are;
 * their images keep tags and digests.
 */
async function withTags(
  pairs: readonly (Pair | SyncedRepository)[],
  { tags: pattern, sides = {} }: SyncRequest,
  { store, options, cwd }: SyncContext,
): Promise<readonly Pair[]> {
  const isWanted = pattern === undefined ? () => true : await matchPattern(pattern)
  const found: Pair[] = []
  for (const pair of pairs) {
    const { from } = pair
    const wanted = 'wanted' in pair ? pair.wanted : undefined
    if (pattern === undefined && wanted === undefined) found.push(pair)
    else if (Array.isArray(wanted)) found.push(...wanted.map((name: string) => named(pair, name)))
    else {
      const tags = await store.listTags(parseEndpoint(from, cwd), { ...options, ...sourceAccess(pair, sides) })
      const chosen = tags.filter((tag) => (typeof wanted === 'function' ? wanted(tag) : isWanted(tag)))
      // Tags of referrers are no images: --referrers copies what they list.
      for (const tag of chosen) if (!isDigestTag(tag)) found.push(named(pair, tag))
    }
  }
  return found
}

function named({ from, to, isInsecure = false }: Pair, name: string): Pair {
  const suffix = `${isDigest(name) ? '@' : ':'}${name}`
  return { from: `${from}${suffix}`, to: `${to}${suffix}`, isInsecure }
}

function sourceAccess({ isInsecure = false }: Pair, { source }: NonNullable<SyncRequest['sides']>): SideAccess {
  return { ...source, ...(isInsecure && { insecure: true }) }
}
