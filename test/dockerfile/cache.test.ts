import { chmod, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

/**
 * Each step leaves a mark that is never the same twice: equal images tell that a step was not done
 * again.
 */
const mark = 'cat /proc/sys/kernel/random/uuid'

describe.skipIf(obstacle !== undefined)(
  titled('a step is done again if and only if what it depends on changed', obstacle),
  () => {
    test.for<{
      what: string
      dockerfile?: string
      args?: string[]
      change?: (context: string) => Promise<void>
      again: boolean
    }>([
      { what: 'nothing', again: false },
      { what: 'a time', again: false, change: (context) => utimes(join(context, 'a'), 1, 1) },
      { what: 'a file that is not copied', again: false, change: (context) => writeFile(join(context, 'b'), 'other') },
      {
        what: 'a file that is ignored',
        again: false,
        change: (context) => writeFile(join(context, 'ignored'), 'other'),
      },
      { what: 'content', again: true, change: (context) => writeFile(join(context, 'a'), 'other') },
      { what: 'a mode', again: true, change: (context) => chmod(join(context, 'a'), 0o755) },
      { what: 'a label above', again: false, dockerfile: `FROM base\nLABEL x=2\nCOPY a /\nRUN ${mark} > /mark\n` },
      { what: 'ENV above', again: true, dockerfile: `FROM base\nENV x=2\nCOPY a /\nRUN ${mark} > /mark\n` },
      { what: 'the command', again: true, dockerfile: `FROM base\nCOPY a /\nRUN ${mark}  > /mark\n` },
      {
        what: 'the command of an earlier step',
        again: true,
        dockerfile: `FROM base\nRUN echo > /new\nCOPY a /\nRUN ${mark} > /mark\n`,
      },
      { what: 'a proxy', again: false, args: ['--build-arg', 'HTTP_PROXY=http://proxy.invalid'] },
      { what: 'nothing, but --no-cache', again: true, args: ['--no-cache'] },
    ])('$what: $again', async ({ dockerfile, args = [], change, again }, { store, base, directory }) => {
      const first = `FROM base\nCOPY a /\nRUN ${mark} > /mark\n`
      const builder = await stand({
        store,
        base,
        directory,
        files: { a: 'a', b: 'b', ignored: '', '.dockerignore': 'ignored' },
      })
      const before = await builder.markOf(first)
      await change?.(builder.context)
      const after = await builder.markOf(dockerfile ?? first, args)
      expect(after !== before).toBe(again)
    })

    test('a rebuilt stage with equal content does not rebuild what copies from it', async ({
      store,
      base,
      directory,
    }) => {
      const builder = await stand({ store, base, directory, files: {} })
      const dockerfile = (text: string): string =>
        `FROM base AS make\nRUN echo same > /out # ${text}\nFROM base\nCOPY --from=make /out /out\nRUN ${mark} > /mark\n`
      expect(await builder.markOf(dockerfile('two'))).toBe(await builder.markOf(dockerfile('one')))
    })

    test('the value of a secret is nothing to the cache', async ({ store, base, directory }) => {
      const builder = await stand({ store, base, directory, files: { s1: 'one', s2: 'two' } })
      const dockerfile = `FROM base\nRUN --mount=type=secret,id=s ${mark} > /mark\n`
      const first = await builder.markOf(dockerfile, ['--secret', `id=s,src=${join(builder.context, 's1')}`])
      expect(await builder.markOf(dockerfile, ['--secret', `id=s,src=${join(builder.context, 's2')}`])).toBe(first)
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
