import type { Patience } from '@tsbuild/reapi'
import type { RegistryClientOptions } from '@tsbuild/registry'

/**
 * Retries and time limits of registries with caches. A build can do without its cache, so it waits
 * less than for an image; a `Retry-After` beyond `maxRetryAfter` ends the attempt.
 */
export const cachePatience: Pick<RegistryClientOptions, 'retry' | 'timeouts'> = {
  retry: { attempts: 3, maxDelay: 2000, maxRetryAfter: 10_000, maxWait: 10_000 },
  timeouts: { connect: 5000, idle: 10_000, commit: 60_000, pace: { bytes: 64 * 1024, milliseconds: 10_000 } },
}

/** The same for servers of the Remote Execution API. */
export const reapiCachePatience: Patience = {
  attempts: 3,
  maxDelay: 2000,
  timeout: 5000,
  pace: { bytes: 64 * 1024, milliseconds: 10_000 },
}

/** Patience with a server that runs steps, which a build cannot do without. */
export const remotePatience: Patience = {
  attempts: 5,
  maxDelay: 20_000,
  timeout: 60_000,
  pace: { bytes: 6000, milliseconds: 60_000 },
}
