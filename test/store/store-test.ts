import { join } from 'node:path'
import type { ProgramResult } from '../support/run-program.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

interface Listed {
  readonly names: readonly string[]
  readonly descriptor: { readonly digest: string; readonly mediaType: string }
  readonly platforms: readonly unknown[]
}

interface StoreTools {
  /** A store of this test alone, with `app:1.0` in it. */
  readonly root: string
  /** Runs a command on the store; throws when it fails. */
  readonly run: (...args: string[]) => Promise<string>
  readonly tryRun: (...args: string[]) => Promise<ProgramResult>
  /** Output of `tsbuild images`. */
  readonly images: () => Promise<readonly Listed[]>
  /** Every name in the store. */
  readonly names: () => Promise<readonly string[]>
  /** Builds `context` into the store. */
  readonly make: (...args: string[]) => Promise<void>
}

/** Name of the image in the store of a test. */
export const fullName = 'docker.io/library/app:1.0'

/** A test with a store of its own. */
export const test = buildTest.extend<StoreTools>({
  root: async ({ directory, base }, use) => {
    const root = join(directory, 'own-store')
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM base\nCOPY a /a\nENV A=1\n', a: 'hello' })
    const args = ['build', '--build-context', `base=oci-layout://${base}:latest`, '-t', 'app:1.0', 'context']
    const { code, stderr } = await tsbuild(args, { root, cwd: directory })
    if (code !== 0) throw new Error(`The build ended with ${code}: ${stderr}`)
    await use(root)
  },
  tryRun: ({ root, directory }, use) => use((...args) => tsbuild(args, { root, cwd: directory })),
  run: ({ tryRun }, use) =>
    use(async (...args) => {
      const { code, stdout, stderr } = await tryRun(...args)
      if (code !== 0) throw new Error(`tsbuild ${args.join(' ')} ended with ${code}: ${stderr}`)
      return stdout
    }),
  images: ({ run }, use) => use(async () => JSON.parse(await run('images', '--json'))),
  names: ({ images }, use) => use(async () => (await images()).flatMap(({ names }) => names).sort()),
  make: ({ run, base }, use) =>
    use(
      async (...args) =>
        void (await run('build', '--build-context', `base=oci-layout://${base}:latest`, ...args, 'context')),
    ),
})
