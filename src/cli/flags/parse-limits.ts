import type { Limits } from '@tsbuild/isolate'
import type { LimitFlags } from './limit-flags.ts'
import { parseSize } from '../values/parse-size.ts'
import { UsageError } from '../invocation/usage-error.ts'

/** Bytes that a process needs to start, as docker has it. */
const leastMemory = 6 << 20
const defaultPeriod = 100_000

/**
 * Limits of RUN from flags that mean what they mean for docker, where 0 is no limit; undefined
 * without any. Throws `UsageError`.
 */
export function parseLimits(flags: LimitFlags): Limits | undefined {
  const { cpusetCpus, cpusetMems } = flags
  const limits = defined({
    ...parseMemory(flags),
    cpus: parseCpus(flags),
    cpuShares: parseInteger('--cpu-shares', flags.cpuShares, { least: 2, most: 262_144 }),
    cpusetCpus: parseList('--cpuset-cpus', cpusetCpus),
    cpusetMems: parseList('--cpuset-mems', cpusetMems),
    pids: parseInteger('--pids-limit', flags.pidsLimit, { least: 1, unlimited: ['-1'] }),
  })
  return Object.keys(limits).length === 0 ? undefined : limits
}

function parseMemory(flags: LimitFlags): Limits {
  const memory = parseBytes('--memory', flags.memory)
  const memorySwap = flags.memorySwap === '-1' ? -1 : parseBytes('--memory-swap', flags.memorySwap)
  if (memory !== undefined && memory < leastMemory)
    throw new UsageError(`invalid --memory "${flags.memory}": expected at least 6m`)
  if (memorySwap !== undefined && memory === undefined)
    throw new UsageError('--memory-swap needs --memory', {
      hint: 'it is the sum of both: --memory 2g --memory-swap 3g',
    })
  if (memorySwap !== undefined && memory !== undefined && memorySwap !== -1 && memorySwap < memory)
    throw new UsageError(
      `invalid --memory-swap "${flags.memorySwap}": expected the sum of memory and swap space, at least --memory`,
    )
  return defined({ memory, memorySwap })
}

function parseBytes(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseSize(flag, text) || undefined
}

function parseCpus({ cpus, cpuQuota, cpuPeriod }: LimitFlags): number | undefined {
  const quota = parseInteger('--cpu-quota', cpuQuota, { least: 1000, unlimited: ['-1'] })
  const period = parseInteger('--cpu-period', cpuPeriod, { least: 1000, most: 1_000_000 })
  if (cpus === undefined) {
    if (period !== undefined && cpuQuota === undefined)
      throw new UsageError('--cpu-period needs --cpu-quota', {
        hint: '--cpus takes a number of processors: --cpus 1.5',
      })
    return quota === undefined ? undefined : Math.max(0.01, quota / (period ?? defaultPeriod))
  }
  if (cpuQuota !== undefined || cpuPeriod !== undefined)
    throw new UsageError('--cpus cannot be combined with --cpu-quota or --cpu-period')
  const number = /^\d+(\.\d+)?$/.test(cpus) ? Number(cpus) : Number.NaN
  if (number === 0) return undefined
  if (number >= 0.01) return number
  throw new UsageError(`invalid --cpus "${cpus}": expected a number of processors, at least 0.01`)
}

interface Range {
  readonly least: number
  readonly most?: number
  /** Values that mean no limit, besides 0. */
  readonly unlimited?: readonly string[]
}

function parseInteger(
  flag: string,
  text: string | undefined,
  { least, most = Number.MAX_SAFE_INTEGER, unlimited = [] }: Range,
): number | undefined {
  if (text === undefined || text === '0' || unlimited.includes(text)) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= least && number <= most) return number
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new UsageError(`invalid ${flag} "${text}": expected an integer ${range}`)
}

function parseList(flag: string, text: string | undefined): string | undefined {
  if (text === undefined || /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text)) return text
  throw new UsageError(`invalid ${flag} "${text}": expected numbers and ranges, such as 0-2,7`)
}

function defined(limits: { readonly [K in keyof Limits]: Limits[K] | undefined }): Limits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
}
