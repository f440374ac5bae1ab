import { http2FrontMissing, registryMissing } from '@tsbuild/registry/testing'
import { expect, test } from 'vitest'
import { faultCells } from '../support/fault-plan.ts'
import { faultStorm, type FaultStormResult } from '../support/fault-storm.ts'
import { titled } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'

test.skipIf(registryMissing !== undefined)(
  titled('images pass a network with faults as they are, or fail with the right error', registryMissing),
  { timeout: 600_000 },
  async () => {
    const result = await faultStorm({ firstSeed: 1, seeds: 500 })
    expect(result.problems).toEqual([])
    // Faults that meet no request would test nothing.
    expect(missedCells(result)).toEqual([])
    expect(Math.min(result.succeeded, result.failed)).toBeGreaterThan(100)
    expect(result.resumed).toBeGreaterThan(0)
  },
)

test('the same with a registry of ours behind the network', { timeout: 300_000 }, async () => {
  const { problems, succeeded, failed, faults } = await faultStorm({ firstSeed: 501, seeds: 60, start: serveTemporary })
  expect(problems).toEqual([])
  expect(faults).toBeGreaterThan(30)
  expect(Math.min(succeeded, failed)).toBeGreaterThan(0)
})

test.skipIf(registryMissing !== undefined || http2FrontMissing !== undefined)(
  titled('the same over HTTP/2', registryMissing ?? http2FrontMissing),
  { timeout: 300_000 },
  async () => {
    const { problems, succeeded, failed } = await faultStorm({ firstSeed: 601, seeds: 90, protocol: 'HTTP/2' })
    expect(problems).toEqual([])
    expect(Math.min(succeeded, failed)).toBeGreaterThan(20)
  },
)

/** Kinds of faults that no run of a movement met, although it has requests for them. */
function missedCells({ outcomes }: FaultStormResult): string[] {
  return faultCells
    .filter(({ movement, name }) => outcomes.get(name)?.has(movement) !== true)
    .map(({ movement, name }) => `${name}: ${movement}`)
}
