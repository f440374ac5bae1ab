import { join } from 'node:path'
import { expect } from 'vitest'
import { openStore } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

const dockerfile = (own: string): string => `FROM base AS tools
COPY shared /shared
RUN echo same > /same
FROM base
COPY --from=tools /same /shared /
RUN --mount=type=cache,target=/cache echo ${own} >> /cache/log && echo ${own} > /own
`

test.skipIf(obstacle !== undefined)(
  titled('builds on one store that is pruned all the time', obstacle),
  async ({ base, directory }) => {
    const root = join(directory, 'pruned-store')
    const args = ['--build-context', `base=oci-layout://${base}:latest`]
    const build = async (index: number): Promise<void> => {
      const context = join(directory, `context-${index}`)
      await writeTree(context, { Dockerfile: dockerfile(String(index)), shared: 'shared' })
      for (const round of [1, 2]) {
        const layout = join(directory, `layout-${index}-${round}`)
        const output = ['-t', `app:${index}`, '-o', 'type=image', '-o', `type=oci,tar=false,dest=${layout}`]
        const { code, stderr } = await tsbuild([...args, ...output, context], { root })
        expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
        const { layers } = await openImage(layout)
        expect(layers.at(-1)?.map(({ path, content }) => [path, content.toString()])).toContainEqual([
          'own',
          `${index}\n`,
        ])
      }
    }
    const builds = Promise.all([1, 2, 3, 4].map(build))
    let isBuilding = true
    void builds.finally(() => (isBuilding = false)).catch(() => {})
    await using store = await openStore({ root })
    let [prunes, removed] = [0, 0]
    for (; isBuilding; prunes++) removed += (await store.prune({ all: true })).removed
    await builds
    expect(prunes).toBeGreaterThan(1)
    expect(removed).toBeGreaterThan(0)
    await store.prune({ all: true })
    expect((await store.objects()).filter(({ type }) => type !== 'context')).toEqual([])
  },
)

test.skipIf(obstacle !== undefined)(
  titled('prune ends beside a build, and leaves what it uses', obstacle),
  async ({ base, directory }) => {
    const root = join(directory, 'used-store')
    const args = ['--build-context', `base=oci-layout://${base}:latest`, '-t', 'app']
    const file = join(directory, 'go')
    const context = join(directory, 'context')
    await writeTree(context, {
      Dockerfile: `FROM base
RUN echo before > /before
RUN --mount=type=cache,target=/cache echo has""begun; touch /cache/file; until test -e ${file}; do sleep 0.1; done
RUN echo after > /after
`,
    })
    const building = startTsbuild(
      ['--volume', `${directory}:${directory}`, ...args, '-o', 'type=oci,tar=false,dest=out', context],
      { root, cwd: directory },
    )
    try {
      await building.says('hasbegun')
      await using store = await openStore({ root })
      const { objects, inUse } = await store.prune({ all: true })
      expect(objects).toEqual([])
      expect(inUse.count).toBeGreaterThan(3)
      expect(await store.objects({ types: ['mount'] })).toMatchObject([{ state: 'in-use' }])
      await writeTree(directory, { go: '' })
      const { code, stderr } = await building.ended
      expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
      expect((await openImage(join(directory, 'out'))).layers).toHaveLength(4)
      expect((await store.prune()).removed).toBeGreaterThan(3)
    } finally {
      building.kill('SIGKILL')
      await building.ended
    }
  },
)
