import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type TestAPI, test as plainTest } from 'vitest'
import { mergeLayers } from './merge-layers.ts'
import { type OpenImage, openImage } from './open-image.ts'
import type { ArchiveEntry } from './read-archive.ts'
import type { ProgramResult } from './run-program.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { tsbuild } from './tsbuild.ts'
import { writeBaseImage } from './write-base-image.ts'
import { type TreeNode, writeTree } from './write-tree.ts'

export interface BuildRequest {
  /** The build context, Dockerfile aside. Default: empty. */
  readonly files?: Readonly<Record<string, TreeNode>>
  /** Further arguments of `tsbuild`. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** An image and what its build said. */
export interface BuiltImage extends OpenImage {
  /** Standard error of the build: progress and output of RUN. */
  readonly log: string
  /** Lines of the entries of the layer at `index`; negative counts from the top. */
  lines(index: number): readonly string[]
  /** Text of a file of the final file system; undefined when there is no such file. */
  text(path: string): string | undefined
  /** Line of an entry of the final file system. */
  line(path: string): string | undefined
}

export interface BuildTools {
  /** Directory of the store that the tests of a file share. */
  readonly store: string
  /** OCI layout of the base image. */
  readonly base: string
  /** An empty directory of this test. */
  readonly directory: string
  /** Builds into an OCI layout directory, however it ends. */
  readonly tryBuild: (
    dockerfile: string,
    request?: BuildRequest,
  ) => Promise<ProgramResult & { readonly layout: string }>
  /** Builds an image; throws with the log when that fails. */
  readonly build: (dockerfile: string, request?: BuildRequest) => Promise<BuiltImage>
  /** Builds what must fail. */
  readonly failBuild: (dockerfile: string, request?: BuildRequest) => Promise<ProgramResult>
}

/**
 * Vitest's `test` with what a test of whole builds needs. `FROM base` is the image of
 * `writeBaseImage`. All tests of a file share one store; every build has a context of its own.
 */
export const test: TestAPI<BuildTools> = plainTest.extend<BuildTools>({
  store: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      await use(join(directory.path, 'store'))
    },
    { scope: 'file' },
  ],
  base: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      const layout = join(directory.path, 'base')
      await writeBaseImage(layout)
      await use(layout)
    },
    { scope: 'file' },
  ],
  directory: async ({}, use) => {
    await using directory = await temporaryDirectory()
    await use(directory.path)
  },
  tryBuild: ({ store, base, directory }, use) =>
    use((dockerfile, request) => buildLayout(dockerfile, { store, base, directory, ...request })),
  build: ({ tryBuild }, use) =>
    use(async (dockerfile, request) => {
      const { code, stderr, layout } = await tryBuild(dockerfile, request)
      if (code !== 0) throw new Error(`The build ended with ${code}: ${stderr}`)
      return describeImage(await openImage(layout), stderr)
    }),
  failBuild: ({ tryBuild }, use) =>
    use(async (dockerfile, request) => {
      const result = await tryBuild(dockerfile, request)
      if (result.code === 0) throw new Error(`The build did not fail: ${result.stderr}`)
      return result
    }),
})

async function buildLayout(
  dockerfile: string,
  {
    store,
    base,
    directory,
    files = {},
    args = [],
    env = {},
  }: BuildRequest & Pick<BuildTools, 'store' | 'base' | 'directory'>,
): Promise<ProgramResult & { readonly layout: string }> {
  const id = randomBytes(4).toString('hex')
  const context = join(directory, `context-${id}`)
  const layout = join(directory, `image-${id}`)
  await writeTree(context, { ...files, Dockerfile: dockerfile })
  const output = ['--build-context', `base=oci-layout://${base}:latest`, '-o', `type=oci,tar=false,dest=${layout}`]
  const result = await tsbuild(['build', '--progress=plain', ...output, ...args, context], {
    root: store,
    cwd: directory,
    env,
  })
  return { ...result, layout }
}

function describeImage(image: OpenImage, log: string): BuiltImage {
  const merged = mergeLayers(image.layers)
  const find = (path: string): ArchiveEntry | undefined => merged.get(path.replace(/^\//, ''))
  return {
    ...image,
    log,
    lines: (index) => (image.layers.at(index) ?? []).map(({ line }) => line),
    text: (path) => find(path)?.content.toString('utf8'),
    line: (path) => find(path)?.line,
  }
}
