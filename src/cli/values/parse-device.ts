import { posix } from 'node:path'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * A `--device` value: `vendor/class=name`, or `/dev/x[:/dev/y][:rwm]`, which is returned as
 * `source[:target]`; permissions are the machine's.
 */
export function parseDevice(text: string): string {
  if (/^[^/:=]+\/[^/:=]+(=[^:=]+)?$/.test(text)) return text
  const [, source, target = source] = /^(\/dev\/[^:]+)(?::(\/dev\/[^:]+))?(?::[rwm]+)?$/.exec(text) ?? []
  if (source && target && [source, target].every((path) => posix.normalize(path) === path)) {
    return target === source ? source : `${source}:${target}`
  }
  throw new UsageError(`invalid --device "${text}": expected vendor/class=name or /dev/x[:/dev/y]`)
}
