import { join } from 'node:path'
import { startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { test as plainTest, type TestAPI } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { run } from '../../src/cli/run.ts'
import { invocationOf, MemorySink } from '../../src/cli/testing/invocation.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { writeTree } from '../support/write-tree.ts'

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface PlaceTools<Registry> {
  /** One registry for all tests of a file. */
  readonly registry: Registry
  /** Directory of this test, in which its calls run. */
  readonly cwd: string
  readonly tryCall: (...argv: readonly string[]) => Promise<Ended>
  /** Runs a call, in this process; throws when it fails. Returns its standard output. */
  readonly call: (...argv: readonly string[]) => Promise<string>
  /** Builds a Dockerfile with these files, and pushes it under `name`. Returns the digest. */
  readonly push: (name: string, dockerfile: string, ...flags: readonly string[]) => Promise<string>
}

/** A test of commands on registries, layouts and archives, with Debian's registry. */
export const test: TestAPI<PlaceTools<TestRegistry>> = testWith(startRegistry)

/** The same with another registry. */
export function testWith<Registry extends AsyncDisposable>(
  start: () => Promise<Registry>,
): TestAPI<PlaceTools<Registry>> {
  return plainTest.extend<PlaceTools<Registry>>({
    registry: [
      async ({}, use) => {
        await using registry = await start()
        await use(registry)
      },
      { scope: 'file' },
    ],
    cwd: async ({}, use) => {
      await using directory = await temporaryDirectory()
      await use(directory.path)
    },
    tryCall: ({ cwd }, use) =>
      use(async (...argv) => {
        const [stdout, stderr] = [new MemorySink(), new MemorySink()]
        const options = { engine, cwd, env: { TSBUILD_ROOT: join(cwd, 'store'), BUILDKIT_PROGRESS: 'quiet' } }
        const code = await run(argv, invocationOf(options, { stdout, stderr }))
        return { code, stdout: stdout.text, stderr: stderr.text }
      }),
    call: ({ tryCall }, use) =>
      use(async (...argv) => {
        const { code, stdout, stderr } = await tryCall(...argv)
        if (code !== 0) throw new Error(`tsbuild ${argv.join(' ')} ended with ${code}: ${stderr}`)
        return stdout
      }),
    push: ({ cwd, call }, use) =>
      use(async (name, dockerfile, ...flags) => {
        await writeTree(join(cwd, 'context'), { Dockerfile: dockerfile, a: 'hello', b: 'other' })
        return (await call('build', '-q', '-t', name, '--push', ...flags, 'context')).trim()
      }),
  })
}
