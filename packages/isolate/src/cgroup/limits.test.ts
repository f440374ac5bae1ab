import { expect, test } from 'vitest'
import { neededControllers, type Limits, limitsWithin, toSettings } from './limits.ts'

function filesOf(limits: Limits): Readonly<Record<string, string>> {
  return Object.fromEntries(toSettings(limits).map(({ file, value }) => [file, value]))
}

test('memory: as much swap space again, unless the sum is given', () => {
  expect(filesOf({ memory: 100 })).toEqual({ 'memory.max': '100', 'memory.oom.group': '1', 'memory.swap.max': '100' })
  expect(filesOf({ memory: 100, memorySwap: 100 })['memory.swap.max']).toBe('0')
  expect(filesOf({ memory: 100, memorySwap: -1 })['memory.swap.max']).toBe('max')
})

test('only requested swap space must be countable', () => {
  const isOptional = (limits: Limits) =>
    toSettings(limits).find(({ file }) => file === 'memory.swap.max')?.optional === true
  expect([isOptional({ memory: 100 }), isOptional({ memory: 100, memorySwap: 100 })]).toEqual([true, false])
})

test.for<[Limits, string, string]>([
  [{ cpus: 1.5 }, 'cpu.max', '150000 100000'],
  [{ cpus: 0.001 }, 'cpu.max', '1000 100000'],
  [{ cpuShares: 1024 }, 'cpu.weight', '39'],
  [{ cpuShares: 2 }, 'cpu.weight', '1'],
  [{ cpuShares: 262_144 }, 'cpu.weight', '10000'],
  [{ cpusetCpus: '0-1' }, 'cpuset.cpus', '0-1'],
  [{ cpusetMems: '0' }, 'cpuset.mems', '0'],
  [{ pids: 10 }, 'pids.max', '10'],
])('%o is %s = %s', ([limits, file, value]) => {
  expect(filesOf(limits)).toEqual({ [file]: value })
})

test('limits without a controller are left out', () => {
  const limits = { memory: 100, memorySwap: 200, cpus: 1, pids: 5 }
  expect(neededControllers(limits)).toEqual(['memory', 'pids', 'cpu'])
  expect(limitsWithin(limits, ['memory'])).toEqual({ memory: 100, memorySwap: 200 })
  expect(limitsWithin(limits, [])).toEqual({})
})
