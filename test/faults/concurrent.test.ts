import { join } from 'node:path'
import { expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

test.skipIf(obstacle !== undefined)(
  titled('eight builds at once on one new store', obstacle),
  async ({ store, base, directory }) => {
    const builds = Array.from({ length: 8 }, (_, index) => ({
      index,
      layout: join(directory, `layout-${index}`),
      context: join(directory, `context-${index}`),
    }))
    const results = await Promise.all(
      builds.map(async ({ index, layout, context }) => {
        // Half of the work is the same for all of them.
        await writeTree(context, {
          Dockerfile: `FROM base\nCOPY shared /shared\nRUN echo same > /same\nRUN echo ${index} > /own\n`,
          shared: 'shared',
        })
        const output = ['-t', `app:${index}`, '-o', 'type=image', '-o', `type=oci,tar=false,dest=${layout}`]
        return tsbuild(['--build-context', `base=oci-layout://${base}:latest`, ...output, context], { root: store })
      }),
    )
    expect(results.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(builds.map(() => ''))
    for (const { index, layout } of builds) {
      const { layers } = await openImage(layout)
      expect(layers.map((layer) => layer.at(-1)?.path).slice(1)).toEqual(['shared', 'same', 'own'])
      expect(layers.at(-1)?.at(-1)?.content.toString()).toBe(`${index}\n`)
    }
    expect((await tsbuild(['images'], { root: store })).stdout.match(/\bapp\b/g)).toHaveLength(8)
  },
)
