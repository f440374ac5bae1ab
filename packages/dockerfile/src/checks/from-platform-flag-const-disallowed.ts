import { quoteGo } from '../text/quote-go.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

const systems: ReadonlySet<string> = new Set(['darwin', 'freebsd', 'linux', 'macos', 'windows'])
const usual: ReadonlyMap<string, string> = new Map([
  ['x86_64', 'amd64'],
  ['x86-64', 'amd64'],
  ['aarch64', 'arm64'],
  ['i386', '386'],
  ['armhf', 'arm'],
  ['armel', 'arm'],
  ['macos', 'darwin'],
])

/** A literal `--platform`, unless the stage's name says which platform it is for. */
export const fromPlatformFlagConstDisallowed: Check = {
  rule: 'FromPlatformFlagConstDisallowed',
  scope: 'file',
  run: ({ stages }) =>
    stages.flatMap(({ from }) => {
      const { platform, alias = '' } = from
      if (platform === undefined || !/^[\w.-]+(?:\/[\w.-]+){0,2}$/.test(platform)) return []
      if (platformNames(platform).some((name) => alias.includes(name))) return []
      const detail = `FROM --platform flag should not use constant value ${quoteGo(platform)}`
      return [warning('FromPlatformFlagConstDisallowed', detail, from.range)]
    }),
}

/**
 * Operating system and architecture as far as the text says them; an architecture alone is one of
 * Linux.
 */
function platformNames(platform: string): readonly string[] {
  const [first = '', second] = platform.toLowerCase().split('/')
  const parts = second !== undefined ? [first, second] : systems.has(first) ? [first] : ['linux', first]
  return parts.map((part) => usual.get(part) ?? part)
}
