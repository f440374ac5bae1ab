import { type BuildFlags, rungNames } from './build-flags.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** The rung that the call or `TSBUILD_ISOLATION` names; undefined for the strongest that works. */
export function chooseIsolation(
  { isolation }: Pick<BuildFlags, 'isolation'>,
  env: Invocation['env'],
): string | undefined {
  const named = isolation ?? (env['TSBUILD_ISOLATION'] || 'auto')
  if (!rungNames.includes(named)) {
    throw new UsageError(`invalid TSBUILD_ISOLATION "${named}": expected one of ${rungNames.join(', ')}`, {
      hint: 'run tsbuild doctor to see which work here',
    })
  }
  return named === 'auto' ? undefined : named
}
