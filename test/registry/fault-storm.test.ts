import { registryMissing } from '@tsbuild/registry/testing'
import { expect, test } from 'vitest'
import { faultStorm } from '../support/fault-storm.ts'
import { titled } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'

test.skipIf(registryMissing !== undefined)(
  titled('images pass a network with faults as they are, or fail with the right error', registryMissing),
  { timeout: 300_000 },
  async () => {
    const { problems, succeeded, failed, faults } = await faultStorm({ firstSeed: 1, seeds: 40 })
    expect(problems).toEqual([])
    // Faults that meet no request would test nothing.
    expect(faults).toBeGreaterThan(20)
    expect(Math.min(succeeded, failed)).toBeGreaterThan(0)
  },
)

test('the same with a registry of ours behind the network', { timeout: 300_000 }, async () => {
  const { problems, succeeded, failed, faults } = await faultStorm({ firstSeed: 101, seeds: 25, start: serveTemporary })
  expect(problems).toEqual([])
  expect(faults).toBeGreaterThan(10)
  expect(Math.min(succeeded, failed)).toBeGreaterThan(0)
})
