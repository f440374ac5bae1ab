import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** `FROM --platform=$TARGETPLATFORM`: what FROM does without the flag. */
export const redundantTargetPlatform: Check = {
  rule: 'RedundantTargetPlatform',
  scope: 'file',
  run: ({ stages }) =>
    stages.flatMap(({ from }) => {
      if (from.platform !== '$TARGETPLATFORM' && from.platform !== '${TARGETPLATFORM}') return []
      const detail = `Setting platform to predefined ${from.platform} in FROM is redundant as this is the default behavior`
      return [warning('RedundantTargetPlatform', detail, from.range)]
    }),
}
