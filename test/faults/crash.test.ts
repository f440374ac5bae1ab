import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { checkStore } from '../../src/index.ts'
import { checkStore as checkOtherwise, faultsOfLayout } from '../support/check-store.ts'
import { crashStates, writeState } from '../support/crash-states.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { type FileOperation, recordOperations } from '../support/record-operations.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

/** Sandboxes and seccomp filters may forbid to trace processes. */
async function withoutTracing(): Promise<string | undefined> {
  const missing = withoutPrograms('strace')
  if (missing !== undefined) return missing
  const { code } = await runProgram('strace', ['-ff', '--seccomp-bpf', '-o', '/dev/null', 'true'])
  return code === 0 ? undefined : 'processes cannot be traced here'
}

const obstacle = await withoutTracing()

/** A store, or a directory, and what happened in it. */
interface Recorded {
  readonly root: string
  readonly operations: readonly FileOperation[]
  /** Operations that were over before the recorded one began. */
  readonly before?: number
}

/** The command line, and the faults that its crashes leave. */
interface Crashes {
  readonly root: string
  /** Runs a command on the store. */
  run(args: readonly string[]): Promise<void>
  /** Records a command, with what is in `root` as its beginning. */
  record(args: readonly string[]): Promise<Recorded>
}

function onStore(root: string): Crashes {
  const command = (args: readonly string[]): readonly [string, ...string[]] => [tsbuildPath, ...args, '--root', root]
  return {
    root,
    run: async (args) => void (await runOrThrow(tsbuildPath, command(args).slice(1))),
    record: async (args) => {
      const before = await describeDirectory(root)
      const operations = await recordOperations(root, command(args), isLeftOut(root))
      return { root, operations: [...before, ...operations], before: before.length }
    },
  }
}

/**
 * Paths whose content after a crash does not matter: unfinished files, claims and leases of ended
 * processes, and directories that are made anew after a restart. `mounts` has the files of steps.
 */
function isLeftOut(root: string): (path: string) => boolean {
  const folders = /^v1\/(tmp|work|claims|uses|stats|unpacked|trees|mounts)\//
  return (path) => folders.test(relative(root, path)) || isLock(path)
}

/** Locks name a process, and no process outlives a crash. */
function isLock(path: string): boolean {
  return path.endsWith('.lock')
}

/** Operations that make the present content of a directory, all of it written out. */
async function describeDirectory(root: string): Promise<readonly FileOperation[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const made: readonly FileOperation[] = [root, join(root, 'v1')].flatMap((path) => namedDirectory(path))
  const leftOut = isLeftOut(root)
  const found = await Promise.all(
    entries.map(async (entry): Promise<readonly FileOperation[]> => {
      const path = join(entry.parentPath, entry.name)
      if (leftOut(path)) return []
      if (entry.isDirectory()) return namedDirectory(path)
      const data = await readFile(path)
      return [
        { kind: 'create', path },
        { kind: 'write', path, data },
        { kind: 'sync', path },
        { kind: 'sync', path: dirname(path) },
      ]
    }),
  )
  return [...made, ...found.flat()]
}

/** A store that is lost as a whole is consistent: its own directory exists from the beginning. */
function namedDirectory(path: string): readonly FileOperation[] {
  return [
    { kind: 'mkdir', path },
    { kind: 'sync', path: dirname(path) },
  ]
}

/** Faults of a store, as `doctor --store` finds them. */
async function faultsOfStore(root: string): Promise<readonly string[]> {
  const { problems } = await checkStore({ root })
  return problems.map(({ kind, reason }) => `${kind}: ${reason}`)
}

/** Faults in all states that a crash may leave; with `first`, those of the first state with any. */
async function faultsAfterCrashes(
  { root, operations, before }: Recorded,
  { first = false, find = faultsOfStore }: { readonly first?: boolean; readonly find?: typeof faultsOfStore } = {},
): Promise<{ readonly states: number; readonly faults: ReadonlySet<string> }> {
  // Hundreds of stores are written and removed: in memory.
  await using memory = await temporaryDirectory(existsSync('/dev/shm') ? '/dev/shm' : undefined)
  const faults = new Set<string>()
  let states = 0
  for (const state of crashStates(operations, isLeftOut(root), before)) {
    const to = join(memory.path, `state-${(states += 1)}`)
    await writeState(state, root, to)
    for (const fault of await find(to)) faults.add(fault.replaceAll(/[0-9a-f]{64}|state-\d+/g, '…'))
    await rm(to, { recursive: true })
    if (first && faults.size > 0) break
  }
  return { states, faults }
}

/** Directories and files of one test: an empty store, a base image, and a context with steps. */
async function prepare(
  directory: string,
  dockerfile: string,
): Promise<Crashes & { readonly build: readonly string[] }> {
  const [root, context, base] = ['store', 'context', 'base'].map((name) => join(directory, name))
  if (root === undefined || context === undefined || base === undefined) throw new Error('There are three names')
  await mkdir(join(root, 'v1'), { recursive: true })
  await writeBaseImage(base)
  await writeTree(context, { Dockerfile: dockerfile, a: 'a', b: 'b' })
  const contexts = ['--build-context', `base=oci-layout://${base}:latest`]
  return { ...onStore(root), build: ['build', '-t', 'app:1', '--progress=quiet', ...contexts, context] }
}

const copies = 'FROM scratch\nCOPY a /\nCOPY b /\n'
const steps =
  'FROM base\nRUN --mount=type=cache,target=/cache echo x > /cache/x && echo a > /a\nRUN echo b > /b && rm /a\n'

const withoutSteps = obstacle ?? (await withoutRun())

describe.skipIf(obstacle !== undefined)(
  titled('a crash of the machine leaves no record of missing or torn bytes', obstacle),
  () => {
    test('in a build of copies', { timeout: 180_000 }, async ({ directory }) => {
      const { record, root, build } = await prepare(directory, copies)
      const recorded = await record(build)
      expect(await checkOtherwise(root)).toEqual([])
      const { states, faults } = await faultsAfterCrashes(recorded)
      expect([...faults]).toEqual([])
      expect(states).toBeGreaterThan(50)
      // Without the syncs of files, or of the names of blobs, the same check finds faults.
      for (const isDropped of [/\/v1\/tmp\//, /blobs\/sha256$/]) {
        const operations = recorded.operations.filter(({ kind, path }) => kind !== 'sync' || !isDropped.test(path))
        const { faults: found } = await faultsAfterCrashes({ root, operations }, { first: true })
        expect(found.size).toBeGreaterThan(0)
      }
    })

    // As root, the first is made of overlays; the second copies.
    for (const isolation of ['auto', 'chroot'])
      test.skipIf(withoutSteps !== undefined || (isolation === 'chroot' && process.getuid?.() !== 0))(
        titled(`in a build of steps with a cache mount (--isolation ${isolation})`, withoutSteps),
        { timeout: 600_000 },
        async ({ directory }) => {
          const { record, root, build } = await prepare(directory, steps)
          const recorded = await record([...build, '--isolation', isolation])
          expect(await checkOtherwise(root)).toEqual([])
          const { states, faults } = await faultsAfterCrashes(recorded)
          expect([...faults]).toEqual([])
          expect(states).toBeGreaterThan(50)
        },
      )

    test('while an image is loaded, copied, pulled and removed', { timeout: 600_000 }, async ({ directory }) => {
      const first = await prepare(join(directory, 'first'), copies)
      const archive = join(directory, 'app.tar')
      await first.run([...first.build, '-o', `type=oci,dest=${archive}`])
      const second = await prepare(join(directory, 'second'), copies)
      await second.run(second.build)
      const layout = `oci:${join(directory, 'first/base')}:latest`
      await using registry = await startRegistry()
      await first.run(['copy', layout, `${registry.host}/base:1`])
      for (const command of [
        ['load', '-i', archive],
        ['copy', layout, 'store:base:1'],
        ['rm', 'base:1'],
        ['prune', '--force'],
        ['pull', `${registry.host}/base:1`],
        ['prune', '--all', '--force'],
      ]) {
        const { states, faults } = await faultsAfterCrashes(await second.record(command))
        expect({ command, faults: [...faults] }).toEqual({ command, faults: [] })
        expect(states).toBeGreaterThan(1)
      }
    })

    test('in a local cache', { timeout: 600_000 }, async ({ directory }) => {
      const { build, root } = await prepare(directory, copies)
      const cache = join(directory, 'cache')
      await mkdir(join(cache, 'v1'), { recursive: true })
      const command = [
        tsbuildPath,
        ...build,
        '--root',
        root,
        '--cache-to',
        `type=local,dest=${cache},mode=max`,
      ] as const
      const operations = await recordOperations(cache, command, isLock)
      const recorded = { root: cache, operations: [...namedDirectory(cache), ...operations] }
      const { states, faults } = await faultsAfterCrashes(recorded, { find: faultsOfLayout })
      expect([...faults]).toEqual([])
      expect(states).toBeGreaterThan(20)
    })
  },
)
