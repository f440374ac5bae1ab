import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { loadLibc } from '../libc.ts'
import { planChild } from '../plan/children.ts'
import { effectiveCapabilities } from '../plan/host.ts'
import type { Call } from './call.ts'
import { startLauncher } from './start.ts'

const scratch = mkdtempSync(join(tmpdir(), 'start-'))
afterAll(() => rmSync(scratch, { recursive: true }))

test('a parent that fails after the fork takes its child along and is reported', async () => {
  const fail: Call = { name: 'chdir', args: ['/nowhere'], purpose: 'enter nowhere' }
  const calls: readonly Call[] = [
    // No signal tells the child that its parent ends.
    ...planChild(0)
      .filter(({ name }) => name !== 'prctl')
      .map((call) => (call.otherwise ? { ...call, otherwise: [...call.otherwise.slice(0, 1), fail] } : call)),
    { name: 'read', args: [3, new Uint8Array(8), 1], purpose: 'wait for ever' },
  ]
  const { ended } = startLauncher(calls, { scratch, stdio: ['ignore', 'ignore', 'ignore'] })
  await expect(ended).rejects.toMatchObject({ message: 'Cannot enter nowhere: ENOENT (no such file or directory)' })
})

test('capabilities are the same from the kernel as from /proc', () => {
  expect(loadLibc().effectiveCapabilities()).toBe(effectiveCapabilities())
})
