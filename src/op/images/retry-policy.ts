import type { RegistryClientOptions } from '@tsbuild/registry'

/**
 * The policy of a caller who says how often to repeat a request: such a caller waits as long as
 * that takes. `times` is repetitions after the first attempt, `delay` milliseconds before the
 * first.
 */
export function retryPolicy({
  times,
  delay,
}: {
  readonly times?: number
  readonly delay?: number
}): NonNullable<RegistryClientOptions['retry']> {
  return {
    maxWait: 3_600_000,
    ...(times !== undefined && { attempts: times + 1 }),
    ...(delay !== undefined && { delay, maxDelay: Math.max(delay, 10_000) }),
  }
}
