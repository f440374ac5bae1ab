import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { LayerStore } from '../../layer/layer-store.ts'
import { agentDeath, readTail } from './agent-death.ts'
import { openAgentProvider } from './agent-provider.ts'
import { hasBusybox, makeBase, makeStore, rungOf, runIn } from '../testing/rootfs.ts'
import { sleepers, until } from '../testing/processes.ts'
import type { Layer } from '../../layer/layer.ts'

const works = process.geteuid?.() === 0 && hasBusybox
const ways = (['root', 'userns', 'chroot'] as const).map((name) => ({ name, strategy: 'clone' as const }))
let store: LayerStore
let base: Layer
let home = ''

beforeAll(async () => {
  ;({ store, directory: home } = await makeStore())
  if (hasBusybox) base = makeBase(store)
})
afterEach(() => {
  delete process.env['NODE_OPTIONS']
})
afterAll(() => rmSync(home, { recursive: true }))

test.skipIf(!works).each(ways)(
  '$name: an agent that is killed says by what (skipped without root or busybox)',
  async ({ name, strategy }) => {
    await using provider = await openAgentProvider(store, rungOf(name), { strategy })
    const marker = `8${process.pid}${Math.floor(Math.random() * 1000)}`
    const running = runIn(provider, [base], { script: `sleep ${marker}` })
    await until(() => sleepers(marker) === 1)
    for (const pid of agentsOf(store.paths.root)) process.kill(pid, 'SIGKILL')
    await expect(running).rejects.toMatchObject({
      code: 'AGENT_DIED',
      message: 'the process that holds the mounts of this build ended early: killed by SIGKILL',
      hint: expect.stringContaining('memory'),
    })
    await until(() => sleepers(marker) === 0)
  },
)

test.skipIf(!works).each(ways)(
  '$name: an agent that cannot begin says why (skipped without root or busybox)',
  async ({ name, strategy }) => {
    const faulty = join(home, 'faulty.cjs')
    writeFileSync(faulty, 'if (process.argv[1]?.includes("agent-main")) throw new TypeError("no such luck")')
    process.env['NODE_OPTIONS'] = `--require ${faulty}`
    await expect(openAgentProvider(store, rungOf(name), { strategy })).rejects.toMatchObject({
      code: 'AGENT_DIED',
      message: 'the process that holds the mounts of this build ended early: exit code 1: TypeError: no such luck',
      cause: expect.objectContaining({ message: expect.stringContaining('faulty.cjs') }),
    })
  },
)

test('of a long standard error only the end is kept', async () => {
  const stderr = await readTail(Readable.from(['x'.repeat(100_000), '\nFATAL ERROR: heap limit\n', 'frames\n']))
  expect(stderr.length).toBeLessThan(20_000)
  expect(agentDeath({ exitCode: 134, signal: 'SIGABRT', outOfMemory: false }, stderr).message).toMatch(
    /killed by SIGABRT: FATAL ERROR: heap limit$/,
  )
})

test('an agent that the kernel killed for its memory says so', () => {
  expect(agentDeath({ exitCode: 137, signal: 'SIGKILL', outOfMemory: true }, '')).toMatchObject({
    message: expect.stringMatching(/killed by SIGKILL: the kernel ran out of memory$/),
    hint: expect.stringContaining('more memory'),
  })
})

/** Processes that are agents of a store. */
function agentsOf(root: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
        return (
          words.some((word) => word.endsWith('agent-main.ts')) && words.some((word) => word.includes(join(root, '..')))
        )
      } catch {
        return false
      }
    })
}
