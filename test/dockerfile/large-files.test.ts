import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const repeat = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
const files = { f: 'x' }

/**
 * Builds of other sizes end in errors of V8 or of the kernel where steps or stages are visited by
 * recursion, or copied into each other.
 */
describe('Dockerfiles of thousands of steps', () => {
  test('1000 layers are built and can be read', async ({ store, directory }) => {
    const context = join(directory, 'context')
    await writeTree(context, { ...files, Dockerfile: `FROM scratch\n${repeat(1000, (index) => `COPY f /${index}`)}` })
    const call = (...args: readonly string[]): ReturnType<typeof tsbuild> => tsbuild(args, { root: store })
    expect(await call('-q', '-t', 'deep:1', context)).toMatchObject({ code: 0 })
    const inspected = await call('inspect', 'deep:1')
    expect(inspected.code, inspected.stderr).toBe(0)
    const planned: { steps: { state: string }[] } = JSON.parse((await call('plan', '--format=json', context)).stdout)
    expect(planned.steps.filter(({ state }) => state === 'hit')).toHaveLength(1000)
  })

  test('more layers are refused before anything is built', async ({ failBuild }) => {
    const { stderr, code } = await failBuild(`FROM scratch\nCOPY f /\n${repeat(3000, (index) => `COPY f /${index}`)}`, {
      files,
    })
    expect(stderr).toMatch(
      /^error: an image has at most 1000 layers, this step makes one more\n\n(?:\S+\/)?Dockerfile:1002:1\n/,
    )
    expect(stderr).toContain('hint: copy several files with one COPY')
    expect(code).toBe(1)
  })

  test('a chain of 3000 stages is built', async ({ build }) => {
    const stages = repeat(3000, (index) => `FROM scratch AS s${index + 1}\nCOPY --from=s${index} /f /f`)
    expect((await build(`FROM scratch AS s0\nCOPY f /\n${stages}`, { files })).text('f')).toBe('x')
  })

  test('20,000 stages fit into 400 MB', async ({ store, directory }) => {
    const stages = repeat(20_000, (index) => `FROM s${index} AS s${index + 1}`)
    await writeTree(directory, { ...files, Dockerfile: `FROM scratch AS s0\nCOPY f /\n${stages}` })
    const env = { NODE_OPTIONS: '--max-old-space-size=400' }
    for (const args of [['graph'], ['build', '--call=outline']]) {
      expect(await tsbuild([...args, directory], { root: store, env })).toMatchObject({ code: 0, stderr: '' })
    }
  })

  test('RUN works on 300 layers, whose names do not fit into one mount call', async ({ build }) => {
    const image = await build(
      `FROM base\n${repeat(300, (index) => `COPY f /d/${index}`)}RUN set -- /d/*; echo $# >/count\n`,
      { files },
    )
    expect(image.text('count')).toBe('300\n')
  })
})
