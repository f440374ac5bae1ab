import { chmod, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { writeTree } from '../support/write-tree.ts'
import { type EdgeImage, test } from './edge.ts'

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
