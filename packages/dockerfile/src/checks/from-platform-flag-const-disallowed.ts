import { goQuote } from '../go-quote.ts'
import type { Check } from './check.ts'
import { warning } from './warning.ts'

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
      const [os = '', architecture = os] = platform.toLowerCase().split('/')
      if ([os, architecture].some((part) => alias.includes(usual.get(part) ?? part))) return []
      const detail = `FROM --platform flag should not use constant value ${goQuote(platform)}`
      return [warning('FromPlatformFlagConstDisallowed', detail, from.range)]
    }),
}
