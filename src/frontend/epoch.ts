import type { Dockerfile } from '@tsbuild/dockerfile'
import { evaluateGlobals } from './global-scope.ts'
import { LowerError } from './lower-error.ts'
import type { LowerOptions } from './lower-options.ts'

/**
 * SOURCE_DATE_EPOCH in seconds: the build argument, else the default of a global ARG, else undefined.
 * Empty means unset, and so does `context`: a directory has no time of its own. Throws `LowerError` for anything but whole seconds.
 */
export function sourceDateEpoch(
  dockerfile: Dockerfile,
  options: Pick<LowerOptions, 'platform' | 'buildPlatform' | 'args'>,
): number | undefined {
  const value = options.args['SOURCE_DATE_EPOCH'] ?? evaluateGlobals(dockerfile, options).get('SOURCE_DATE_EPOCH')
  if (value === undefined || value === '' || value === 'context') return undefined
  const seconds = Number(value)
  if (/^\d{1,15}$/.test(value) && Number.isSafeInteger(seconds)) return seconds
  const range = dockerfile.globalArgs.find(({ args }) => args.some(({ name }) => name === 'SOURCE_DATE_EPOCH'))?.range
  throw new LowerError('EPOCH_INVALID', `invalid SOURCE_DATE_EPOCH: ${value}`, {
    ...(range && { range }),
    hint: 'whole seconds since 1970',
  })
}
