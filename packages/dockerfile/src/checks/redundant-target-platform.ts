import { DockerfileError } from '../text/errors.ts'
import { expandWord } from '../expand/expand.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

/** `FROM --platform=$TARGETPLATFORM` in any spelling: FROM without the flag does the same. */
export const redundantTargetPlatform: Check = {
  rule: 'RedundantTargetPlatform',
  scope: 'file',
  run: ({ stages, directives }) =>
    stages.flatMap(({ from }) => {
      if (from.platform === undefined || !meansTargetPlatform(from.platform, directives.escape)) return []
      const detail = `Setting platform to predefined ${from.platform} in FROM is redundant as this is the default behavior`
      return [warning('RedundantTargetPlatform', detail, from.range)]
    }),
}

/** No other variable is looked up, and nothing stands beside the value. */
function meansTargetPlatform(word: string, escape: string): boolean {
  const stand = 'os/architecture'
  const names = new Set<string>()
  try {
    const text = expandWord(word, (name) => (name === 'TARGETPLATFORM' ? stand : undefined), {
      escape,
      onLookup: (name) => names.add(name),
    })
    return text === stand && names.size === 1 && names.has('TARGETPLATFORM')
  } catch (error) {
    if (error instanceof DockerfileError) return false
    throw error
  }
}
