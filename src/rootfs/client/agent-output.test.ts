import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { openAgentProvider } from './agent-provider.ts'
import { hasBusybox, makeBase, makeStore, type Ran, rungOf, runIn, waysToRun } from '../testing/rootfs.ts'

const root = process.geteuid?.() === 0

describe.each(waysToRun)('$name with $strategy', ({ name, strategy, runs }) => {
  describe.skipIf(!runs || !hasBusybox)(`(skipped without busybox, or as ${root ? 'root' : 'another user'})`, () => {
    /** Runs one process in an agent of its own. */
    async function run(options: Parameters<typeof runIn>[2]): Promise<Ran> {
      const { store, directory } = await makeStore()
      try {
        await using provider = await openAgentProvider(store, rungOf(name), { strategy })
        return await runIn(provider, [makeBase(store)], options)
      } finally {
        if (root) rmSync(directory, { recursive: true })
      }
    }

    test('a process waits while its output has not been taken', async () => {
      const open = { stdout: 0, stderr: 0 }
      let most = 0
      const taking = async (stream: 'stdout' | 'stderr'): Promise<void> => {
        most = Math.max(most, ++open[stream])
        await new Promise((resolve) => setTimeout(resolve, 10))
        open[stream] -= 1
      }
      const { out, err } = await run({ script: 'yes o | head -c 1000000; yes e | head -c 1000000 >&2', taking })
      expect([out.length, err.length, most]).toEqual([1_000_000, 1_000_000, 1])
    })

    test('output that is never taken does not hold up an abort', async () => {
      const controller = new AbortController()
      const taking = (): Promise<void> => {
        controller.abort(new Error('enough'))
        return new Promise(() => {})
      }
      await expect(run({ script: 'yes', taking, signal: controller.signal })).rejects.toThrow('enough')
    })

    test('an error of the taker ends the process', async () => {
      await expect(run({ script: 'yes', taking: () => Promise.reject(new Error('no reader')) })).rejects.toThrow(
        'no reader',
      )
    })
  })
})
