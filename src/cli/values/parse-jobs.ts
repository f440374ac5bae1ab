import { UsageError } from '../invocation/usage-error.ts'

/** Number of images copied at the same time. Throws `UsageError`. */
export function parseJobs(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new UsageError(`invalid --jobs "${text}": expected 1 to 99`)
  return Number(text)
}
