import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestAPI } from 'vitest'
import { build, type BuildOptions, type BuildResult } from '../../src/index.ts'
import { mergeLayers } from './merge-layers.ts'
import { type OpenImage, openImage } from './open-image.ts'
import { type BuildTools, test as buildTest } from './test.ts'
import { type TreeNode, writeTree } from './write-tree.ts'

/** Options of the library, and the files of the build context. */
export interface EdgeRequest extends Partial<BuildOptions> {
  readonly files?: Readonly<Record<string, TreeNode>>
}

/** An image made through the library, and how it was made. */
export interface EdgeImage extends OpenImage {
  readonly result: BuildResult
  /** OCI layout directory it is in. */
  readonly layout: string
  /** History entries of the build itself. */
  readonly added: readonly string[]
  /** Codes of the warnings, in their order. */
  readonly warned: readonly string[]
  /** Names of the steps that were executed, and of those that came from the cache. */
  readonly executed: readonly string[]
  readonly cached: readonly string[]
  /** A value of the image's environment. */
  env(name: string): string | undefined
  /** Lines of the entries of the layer at `index`; negative counts from the top. */
  lines(index: number): readonly string[]
  /** Text, line and time (seconds) of a path of the final file system. */
  text(path: string): string | undefined
  line(path: string): string | undefined
  time(path: string): number | undefined
}

interface EdgeTools extends BuildTools {
  /** The `store`, by its name in the options of the library. */
  readonly root: string
  /**
   * Builds a Dockerfile, `FROM busybox` implied where there is no FROM; rejects as the library
   * does.
   */
  readonly edge: (dockerfile: string, request?: EdgeRequest) => Promise<EdgeImage>
}

/**
 * The `test` of whole builds with `edge`, which builds through the library: in this process, so
 * that it takes less time than `build`, and with warnings and steps.
 */
export const test: TestAPI<EdgeTools> = buildTest.extend<Pick<EdgeTools, 'root' | 'edge'>>({
  root: ({ store }, use) => use(store),
  edge: ({ base, store, directory }, use) =>
    use((dockerfile, request) => buildEdge(dockerfile, { base, store, directory }, request)),
})

async function buildEdge(
  dockerfile: string,
  tools: Pick<EdgeTools, 'base' | 'store' | 'directory'>,
  { files = {}, ...options }: EdgeRequest = {},
): Promise<EdgeImage> {
  const id = randomBytes(4).toString('hex')
  const context = join(tools.directory, `context-${id}`)
  const layout = join(tools.directory, `image-${id}`)
  await writeTree(context, files)
  const executed: string[] = []
  const cached: string[] = []
  const warned: string[] = []
  const result = await build({
    context,
    dockerfile: { text: /^\s*from\s/im.test(dockerfile) ? dockerfile : `FROM busybox\n${dockerfile}\n` },
    root: tools.store,
    outputs: [{ kind: 'oci', dest: layout, tar: false, names: [] }],
    ...options,
    contexts: { busybox: `oci-layout://${tools.base}:latest`, ...options.contexts },
    report: (event) => {
      if (event.type === 'vertex-started') executed.push(event.name)
      if (event.type === 'vertex-cached') cached.push(event.name)
      if (event.type === 'warning') warned.push(event.code)
      options.report?.(event)
    },
  })
  return { ...describeImage(await openImage(layout)), result, layout, warned, executed, cached }
}

type Description = Omit<EdgeImage, 'result' | 'layout' | 'warned' | 'executed' | 'cached'>

function describeImage(image: OpenImage): Description {
  const merged = mergeLayers(image.layers)
  const find = (path: string): ReturnType<typeof merged.get> => merged.get(path.replace(/^\//, ''))
  const environment = image.config.config['Env']
  return {
    ...image,
    added: image.history.filter((text) => text !== 'base'),
    env: (name) => {
      const setting = Array.isArray(environment)
        ? environment.map(String).find((text) => text.startsWith(`${name}=`))
        : undefined
      return setting?.slice(name.length + 1)
    },
    lines: (index) => (image.layers.at(index) ?? []).map(({ line }) => line),
    text: (path) => find(path)?.content.toString('utf8'),
    line: (path) => find(path)?.line,
    time: (path) => find(path)?.mtime,
  }
}
