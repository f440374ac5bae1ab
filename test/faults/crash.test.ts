import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { expect } from 'vitest'
import { checkStore } from '../../src/index.ts'
import { checkStore as checkOtherwise } from '../support/check-store.ts'
import { crashStates, writeState } from '../support/crash-states.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { type FileOperation, recordOperations } from '../support/record-operations.ts'
import { runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/** Sandboxes and seccomp filters may forbid to trace processes. */
async function withoutTracing(): Promise<string | undefined> {
  const missing = withoutPrograms('strace')
  if (missing !== undefined) return missing
  const { code } = await runProgram('strace', ['-ff', '--seccomp-bpf', '-o', '/dev/null', 'true'])
  return code === 0 ? undefined : 'processes cannot be traced here'
}

const obstacle = await withoutTracing()

/** Operations of a build on a new store. */
async function record(
  directory: string,
): Promise<{ readonly root: string; readonly operations: readonly FileOperation[] }> {
  const [root, context] = [join(directory, 'store'), join(directory, 'context')]
  await mkdir(root)
  await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY a /\nCOPY b /\n', a: 'a', b: 'b' })
  const args = ['build', '--root', root, '-t', 'app:1', '--progress=quiet', context] as const
  return { root, operations: await recordOperations(root, [tsbuildPath, ...args]) }
}

/**
 * Faults of the store in each state, as `doctor --store` finds them; the first ones with `first`.
 */
async function faultsAfterCrashes({
  root,
  operations,
  first = false,
}: {
  readonly root: string
  readonly operations: readonly FileOperation[]
  readonly first?: boolean
}): Promise<{ readonly states: number; readonly faults: ReadonlySet<string> }> {
  // Hundreds of stores are written and removed: in memory.
  await using memory = await temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : undefined)
  const faults = new Set<string>()
  let states = 0
  // Unfinished files are known as such, and claims and leases mean nothing after a restart.
  const isLeftOut = (path: string): boolean => /^v1\/(tmp|work|claims|uses|stats)\//.test(relative(root, path))
  // A store that is lost as a whole is consistent: its own directory exists from the beginning.
  const made = [root, join(root, 'v1')].flatMap((path): readonly FileOperation[] => [
    { kind: 'mkdir', path },
    { kind: 'sync', path: dirname(path) },
  ])
  for (const state of crashStates([...made, ...operations], isLeftOut)) {
    const to = join(memory.path, `state-${(states += 1)}`)
    await writeState(state, root, to)
    const { problems } = await checkStore({ root: to })
    for (const { kind, reason } of problems) faults.add(`${kind}: ${reason.replaceAll(/[0-9a-f]{64}|state-\d+/g, '…')}`)
    await rm(to, { recursive: true })
    if (first && faults.size > 0) break
  }
  return { states, faults }
}

test.skipIf(obstacle !== undefined)(
  titled('no crash of the machine leaves a record of missing or torn bytes', obstacle),
  { timeout: 180_000 },
  async ({ directory }) => {
    const recorded = await record(directory)
    expect(await checkOtherwise(recorded.root)).toEqual([])
    const { states, faults } = await faultsAfterCrashes(recorded)
    expect([...faults]).toEqual([])
    expect(states).toBeGreaterThan(50)
    console.log(`${states} states after ${recorded.operations.length} operations`)
    // Without the syncs of files, or of the names of blobs, the same check finds faults.
    for (const isDropped of [/\/v1\/tmp\//, /blobs\/sha256$/]) {
      const operations = recorded.operations.filter(({ kind, path }) => kind !== 'sync' || !isDropped.test(path))
      const { faults: found } = await faultsAfterCrashes({ ...recorded, operations, first: true })
      expect(found.size).toBeGreaterThan(0)
    }
  },
)
