import { readFileSync } from 'node:fs'
import { formatPlatform, hostPlatform, type Platform } from '@tsbuild/oci'
import { RunError } from './run-error.ts'

/**
 * Features that each level adds to the one before, by Linux's names (x86-64 psABI § 3.1.1); `lzcnt`
 * is called `abm` there.
 */
const levels: readonly (readonly [variant: string, flags: readonly string[]])[] = [
  ['v2', ['cx16', 'lahf_lm', 'popcnt', 'sse4_1', 'sse4_2', 'ssse3']],
  ['v3', ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave']],
  ['v4', ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl']],
]

/**
 * Throws `RunError` `PLATFORM_UNSUPPORTED` for a level of amd64 that the processor of this machine
 * has not: its programs would end with an illegal instruction somewhere. `cpuinfo` is that of the
 * machine unless given.
 */
export function checkProcessor(platform: Platform, cpuinfo: string = readCpuinfo()): void {
  const { architecture, variant } = platform
  if (architecture !== 'amd64' || hostPlatform().architecture !== 'amd64') return
  const [, text] = /^flags\s*:(.*)$/m.exec(cpuinfo) ?? []
  // Without a list of features the level is unknown. The caller chooses other variants.
  if (text === undefined || variant === undefined || !levels.some(([name]) => name === variant)) return
  const flags = new Set(text.split(' '))
  const missing = levels.findIndex(([, needed]) => !needed.every((flag) => flags.has(flag)))
  const known = (missing < 0 ? levels : levels.slice(0, missing)).map(([name]) => name)
  if (known.includes(variant)) return
  const supported = [{ ...platform, variant: '' }, ...known.map((name) => ({ ...platform, variant: name }))].map(
    describe,
  )
  throw new RunError(
    'PLATFORM_UNSUPPORTED',
    `no support for running processes with ${formatPlatform(platform)} platform, supported: ${supported.join(', ')}`,
  )
}

function describe({ variant, ...platform }: Platform): string {
  return formatPlatform(variant ? { ...platform, variant } : platform)
}

function readCpuinfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8')
  } catch {
    return ''
  }
}
