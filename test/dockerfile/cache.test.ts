import { chmod, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { openImage } from '../support/open-image.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'
import { type EdgeImage, test } from '../support/edge.ts'

const obstacle = await withoutRun()

/**
 * True if a step, identified by its text, was executed; it must have been either that or found in
 * the cache.
 */
function executed(image: EdgeImage, text: string): boolean {
  const names = (list: readonly string[]): boolean => list.some((name) => name.endsWith(text))
  if (names(image.executed) === names(image.cached))
    throw new Error(`"${text}" is not in just one of ${JSON.stringify([image.executed, image.cached])}`)
  return names(image.executed)
}

test('111: content and mode of a file decide, its time and owner do not', async ({ edge, directory }) => {
  const context = join(directory, 'kept')
  await writeTree(context, { a: 'edge 111' })
  const isExecuted = async (): Promise<boolean> =>
    executed(await edge('FROM scratch\nCOPY a /\n', { context }), 'COPY a /')
  expect(await isExecuted()).toBe(true)
  await utimes(join(context, 'a'), 1_700_000_000, 1_700_000_000)
  expect(await isExecuted()).toBe(false)
  if (process.getuid?.() === 0) await runOrThrow('chown', ['1000:1000', join(context, 'a')])
  expect(await isExecuted()).toBe(false)
  await chmod(join(context, 'a'), 0o755)
  expect(await isExecuted()).toBe(true)
})

test('116: a file that is ignored does not count', async ({ edge }) => {
  const files = { a: 'edge 116', '.dockerignore': '*.log\n' }
  const dockerfile = 'FROM scratch\nCOPY . .\n'
  expect(executed(await edge(dockerfile, { files }), 'COPY . .')).toBe(true)
  expect(executed(await edge(dockerfile, { files: { ...files, 'b.log': 'ignored' } }), 'COPY . .')).toBe(false)
  expect(executed(await edge(dockerfile, { files: { ...files, 'b.txt': 'not ignored' } }), 'COPY . .')).toBe(true)
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('112: an argument counts for every RUN after it, used or not', async ({ edge }) => {
    const dockerfile = 'RUN echo 112 before > /1\nARG A\nRUN echo 112 after > /2\nCOPY f /\n'
    const files = { f: 'edge 112' }
    await edge(dockerfile, { files, args: { A: '1' } })
    const image = await edge(dockerfile, { files, args: { A: '2' } })
    expect(['> /1', '> /2', 'COPY f /'].map((text) => executed(image, text))).toEqual([false, true, false])
    // A RUN that does not see the argument stops the rebuild, too, when the files below it are the
    // same again.
    const unseen =
      'FROM busybox AS s\nARG A\nRUN echo 112 > /1\nFROM busybox\nCOPY --from=s /1 /\nRUN echo 112 last > /2\n'
    await edge(unseen, { args: { A: '1' } })
    const stopped = await edge(unseen, { args: { A: '2' } })
    expect(['112 > /1', '> /2'].map((text) => executed(stopped, text))).toEqual([true, false])
  })

  test('113: a proxy counts only when it is declared', async ({ edge }) => {
    const hit = async (dockerfile: string, value: string): Promise<boolean> =>
      !executed(await edge(dockerfile, { args: { HTTP_PROXY: value } }), '> /o')
    expect([await hit('RUN echo 113 > /o', 'a'), await hit('RUN echo 113 > /o', 'b')]).toEqual([false, true])
    const declared = 'ARG HTTP_PROXY\nRUN echo 113 > /o'
    expect([await hit(declared, 'a'), await hit(declared, 'b')]).toEqual([false, false])
  })

  test('114: the id of a secret counts, its value does not', async ({ edge }) => {
    const hit = async (id: string, value: string): Promise<boolean> =>
      !executed(await edge(`RUN --mount=type=secret,id=${id} echo 114 > /o`, { secrets: { [id]: { value } } }), '> /o')
    expect([await hit('a', '1'), await hit('a', '2'), await hit('b', '2')]).toEqual([false, true, false])
  })

  test('115: what only changes the config does not count', async ({ edge }) => {
    await edge('LABEL a=1\nCMD x\nRUN echo 115 > /o')
    const image = await edge('LABEL a=2\nCMD y\nRUN echo 115 > /o')
    expect([executed(image, '> /o'), image.config.config['Labels']]).toEqual([false, { a: '2' }])
  })

  test('117: a stage that makes the same files again stops the rebuild', async ({ edge }) => {
    const dockerfile =
      'FROM busybox AS s\nARG N\nRUN echo $N > /log; mkdir /out; echo 117 > /out/f\nFROM scratch\nCOPY --from=s /out /out\n'
    await edge(dockerfile, { args: { N: '1' } })
    const image = await edge(dockerfile, { args: { N: '2' } })
    expect([executed(image, '> /out/f'), executed(image, 'COPY --from=s /out /out')]).toEqual([true, false])
  })
})

/**
 * Each step leaves a mark that is never the same twice: equal images tell that a step was not done
 * again.
 */
const mark = 'cat /proc/sys/kernel/random/uuid'

describe.skipIf(obstacle !== undefined)(
  titled('another process does a step again if and only if what it depends on changed', obstacle),
  () => {
    test.for<{
      what: string
      dockerfile?: string
      args?: string[]
      change?: (context: string) => Promise<void>
      again: boolean
    }>([
      { what: 'nothing', again: false },
      { what: 'a file that is not copied', again: false, change: (context) => writeFile(join(context, 'b'), 'other') },
      { what: 'ENV above', again: true, dockerfile: `FROM base\nENV x=2\nCOPY a /\nRUN ${mark} > /mark\n` },
      { what: 'the command', again: true, dockerfile: `FROM base\nCOPY a /\nRUN ${mark}  > /mark\n` },
      {
        what: 'the command of an earlier step',
        again: true,
        dockerfile: `FROM base\nRUN echo > /new\nCOPY a /\nRUN ${mark} > /mark\n`,
      },
      { what: 'nothing, but --no-cache', again: true, args: ['--no-cache'] },
    ])('$what: $again', async ({ dockerfile, args = [], change, again }, { store, base, directory }) => {
      const first = `FROM base\nCOPY a /\nRUN ${mark} > /mark\n`
      const builder = await stand({
        store,
        base,
        directory,
        files: { a: 'a', b: 'b' },
      })
      const before = await builder.markOf(first)
      await change?.(builder.context)
      const after = await builder.markOf(dockerfile ?? first, args)
      expect(after !== before).toBe(again)
    })

    test('--no-cache-filter does the steps of one stage again', async ({ store, base, directory }) => {
      const builder = await stand({ store, base, directory, files: {} })
      const dockerfile = `FROM base AS one\nRUN ${mark} > /mark\nFROM base AS two\nRUN ${mark} > /two\nFROM scratch\nCOPY --from=one /mark /mark\nCOPY --from=two /two /two\n`
      const first = await builder.markOf(dockerfile)
      expect(await builder.markOf(dockerfile, ['--no-cache-filter', 'two'])).toBe(first)
      expect(await builder.markOf(dockerfile, ['--no-cache-filter', 'one'])).not.toBe(first)
    })
  },
)

test('a new store gives the same image', async ({ store, base, directory }) => {
  const files = { a: 'a', 'd/b': { text: 'b', mode: 0o755 } }
  const dockerfile = 'FROM base\nCOPY . /o/\nWORKDIR /w\nLABEL a=1\n'
  const digests = []
  for (const root of [store, join(directory, 'other-store')]) {
    const builder = await stand({ store: root, base, directory: join(directory, root === store ? '1' : '2'), files })
    digests.push((await builder.build(dockerfile, [], { SOURCE_DATE_EPOCH: '1700000000' })).digest)
  }
  expect(digests[1]).toBe(digests[0])
})

interface Stand {
  readonly context: string
  build(
    dockerfile: string,
    args: readonly string[],
    env?: Readonly<Record<string, string>>,
  ): ReturnType<typeof openImage>
  /** Content of `/mark` in the image. */
  markOf(dockerfile: string, args?: readonly string[]): Promise<string>
}

/** One context that is built over and over. */
async function stand({
  store,
  base,
  directory,
  files,
}: {
  store: string
  base: string
  directory: string
  files: Readonly<Record<string, TreeNode>>
}): Promise<Stand> {
  const context = join(directory, 'context')
  await writeTree(context, files)
  let count = 0
  const build: Stand['build'] = async (dockerfile, args, env = {}) => {
    const layout = join(directory, `image-${(count += 1)}`)
    const output = ['--build-context', `base=oci-layout://${base}:latest`, '-o', `type=oci,tar=false,dest=${layout}`]
    const { code, stderr } = await tsbuild(['build', '-f', '-', ...output, ...args, context], {
      root: store,
      input: dockerfile,
      env,
    })
    if (code !== 0) throw new Error(`The build ended with ${code}: ${stderr}`)
    return openImage(layout)
  }
  const markOf: Stand['markOf'] = async (dockerfile, args = []) => {
    const { layers } = await build(dockerfile, args)
    const found = layers.flat().find(({ path }) => path === 'mark')
    if (found === undefined) throw new Error('the image has no /mark')
    return found.content.toString('utf8')
  }
  return { context, build, markOf }
}
