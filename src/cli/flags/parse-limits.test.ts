import { expect, test } from 'vitest'
import type { LimitFlags } from './limit-flags.ts'
import { parseLimits } from './parse-limits.ts'

test('limits as docker spells them', () => {
  expect(parseLimits({})).toBeUndefined()
  expect(
    parseLimits({
      memory: '2g',
      memorySwap: '3g',
      cpus: '1.5',
      pidsLimit: '100',
      cpuShares: '512',
      cpusetCpus: '0-2,7',
    }),
  ).toEqual({
    memory: 2 ** 31,
    memorySwap: 3 * 2 ** 30,
    cpus: 1.5,
    pids: 100,
    cpuShares: 512,
    cpusetCpus: '0-2,7',
  })
  expect(parseLimits({ cpuQuota: '50000' })).toEqual({ cpus: 0.5 })
  expect(parseLimits({ cpuQuota: '50000', cpuPeriod: '25000' })).toEqual({ cpus: 2 })
  expect(parseLimits({ memory: '1g', memorySwap: '-1' })).toEqual({ memory: 2 ** 30, memorySwap: -1 })
})

test('0 and -1 are no limit', () => {
  expect(parseLimits({ memory: '0', cpus: '0', pidsLimit: '-1', cpuShares: '0' })).toBeUndefined()
  expect(parseLimits({ cpuQuota: '-1' })).toBeUndefined()
})

test.for<[LimitFlags, RegExp]>([
  [{ memory: '1m' }, /invalid --memory "1m": .*6m/],
  [{ memory: 'much' }, /invalid --memory "much"/],
  [{ memorySwap: '1g' }, /--memory-swap needs --memory/],
  [{ memory: '2g', memorySwap: '1g' }, /invalid --memory-swap "1g"/],
  [{ cpus: '0.001' }, /invalid --cpus "0.001"/],
  [{ cpus: '-1' }, /invalid --cpus "-1"/],
  [{ cpus: '1', cpuQuota: '1000' }, /cannot be combined/],
  [{ cpuPeriod: '1000' }, /--cpu-period needs --cpu-quota/],
  [{ cpuQuota: '10' }, /invalid --cpu-quota "10": expected an integer of at least 1000/],
  [{ cpuShares: '1' }, /invalid --cpu-shares "1": expected an integer from 2 to 262144/],
  [{ pidsLimit: 'x' }, /invalid --pids-limit "x"/],
  [{ cpusetCpus: '0..2' }, /invalid --cpuset-cpus "0..2"/],
])('%o is refused', ([flags, message]) => {
  expect(() => parseLimits(flags)).toThrow(message)
})
