import { expect, test } from 'vitest'
import { checkProcessor } from './processor-level.ts'

const second = 'cx16 lahf_lm popcnt sse4_1 sse4_2 ssse3'
const third = `${second} avx avx2 bmi1 bmi2 f16c fma abm movbe xsave`
const machine = (flags: string): string => `processor\t: 0\nflags\t\t: fpu sse2 ${flags}\nbugs\t\t:\n`
const level = (variant?: string) => ({
  os: 'linux',
  architecture: 'amd64',
  ...(variant !== undefined && { variant }),
})

test.skipIf(process.arch !== 'x64')('a level the processor has not is refused (skipped on other processors)', () => {
  for (const [flags, allowed, refused] of [
    ['', [undefined], ['v2', 'v3', 'v4']],
    [second, [undefined, 'v2'], ['v3', 'v4']],
    [third, [undefined, 'v2', 'v3'], ['v4']],
    [`${third} avx512f avx512bw avx512cd avx512dq avx512vl`, [undefined, 'v2', 'v3', 'v4'], []],
  ] as const) {
    for (const variant of allowed) checkProcessor(level(variant), machine(flags))
    for (const variant of refused)
      expect(() => checkProcessor(level(variant), machine(flags)), variant).toThrow('no support for running')
  }
  expect(() => checkProcessor(level('v3'), machine(second))).toThrow(
    expect.objectContaining({
      code: 'PLATFORM_UNSUPPORTED',
      message: 'no support for running processes with linux/amd64/v3 platform, supported: linux/amd64, linux/amd64/v2',
    }),
  )
})

test('an unknown level is allowed', () => {
  checkProcessor(level('v3'), '')
  checkProcessor(level('v9'), machine(''))
  checkProcessor({ os: 'linux', architecture: 'arm64', variant: 'v9' }, machine(''))
})
