import { TsbuildError } from '@tsbuild/errors'
import { OciError } from '@tsbuild/oci'
import { findRegistryError, summarize } from '@tsbuild/registry'

/** Reasons why a cache cannot be used. */
export type CacheErrorCode =
  /** No answer, no access, too slow, or gone. */
  | 'CACHE_UNAVAILABLE'
  /** Not a cache of tsbuild, damaged, too large, or not signed with the key. */
  | 'CACHE_INVALID'

/** A cache could not be read or written. The build can do without it, unless it is strict. */
export class CacheError extends TsbuildError<CacheErrorCode> {
  override readonly name = 'CacheError'
  /** Name of the cache: a reference or a directory. */
  readonly cache: string

  constructor(
    code: CacheErrorCode,
    { cache, reason }: { readonly cache: string; readonly reason: string },
    cause?: unknown,
  ) {
    super(code, `cache ${cache}: ${reason}`, { cause })
    this.cache = cache
  }
}

/** The error of a cache in a chain of causes; undefined where something else failed. */
export function findCacheError(error: unknown): CacheError | undefined {
  let link = error
  // Bounded: a chain of causes can be a ring.
  for (let depth = 0; depth < 10 && link instanceof Error; depth++) {
    if (link instanceof CacheError) return link
    link = link.cause
  }
  return undefined
}

/** The error of reading or writing a cache, as `CacheError`. */
export function asCacheError(cache: string, error: unknown): CacheError {
  if (error instanceof CacheError) return error
  const reason = readReason(error)
  const isWrong = [TypeError, RangeError, SyntaxError, OciError].some((wrong) => error instanceof wrong)
  return new CacheError(isWrong ? 'CACHE_INVALID' : 'CACHE_UNAVAILABLE', { cache, reason }, error)
}

function readReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const refusal = findRegistryError(error)
  const summary = refusal === undefined ? message : summarize(refusal)
  return message.includes(summary) ? message : `${summary} (${message})`
}
