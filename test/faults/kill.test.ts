import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startStallingProxy } from '../support/stalling-proxy.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { findTraces } from '../support/traces.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'

const runObstacle = await withoutRun()
const nothing = { processes: [], mounts: [] }

test.for([20, 80, 160, 240, 320, 480])('killed after %i ms of COPY and export', async (delay, { store, directory }) => {
  const root = `${store}-${delay}`
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index): [string, TreeNode] => [`d/f${index}`, randomBytes(300_000)]),
  )
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY d /d\n', ...files })
  const args = [
    '-t',
    'app:1',
    '-o',
    'type=image',
    '-o',
    `type=oci,tar=false,dest=${join(directory, 'layout')}`,
    join(directory, 'context'),
  ]
  const build = startTsbuild(args, { root })
  await sleep(delay)
  build.kill('SIGKILL')
  await build.ended
  expect(await findTraces(root)).toEqual(nothing)
  const { code, stderr } = await tsbuild(args, { root })
  expect(code, stderr).toBe(0)
  // Reading it checks every digest.
  expect((await openImage(join(directory, 'layout'))).layers[0]).toHaveLength(41)
})

test.skipIf(runObstacle !== undefined)(titled('killed in RUN', runObstacle), async ({ store, base, directory }) => {
  const root = `${store}-run`
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM base\nRUN echo half > /made && echo be""gun && sleep 1000\n',
    Second: 'FROM base\nRUN echo whole > /made\n',
  })
  const args = [
    '--build-context',
    `base=oci-layout://${base}:latest`,
    '-o',
    `type=oci,tar=false,dest=${join(directory, 'layout')}`,
    join(directory, 'context'),
  ]
  const build = startTsbuild(args, { root })
  await build.says('begun')
  build.kill('SIGKILL')
  await build.ended
  expect(await findTraces(root)).toEqual(nothing)
  const { code, stderr } = await tsbuild(['-f', join(directory, 'context/Second'), ...args], { root })
  expect(code, stderr).toBe(0)
  const { layers } = await openImage(join(directory, 'layout'))
  expect(
    layers
      .at(-1)
      ?.find(({ path }) => path === 'made')
      ?.content.toString(),
  ).toBe('whole\n')
})

test.skipIf(registryMissing !== undefined)(
  titled('killed in a pull, killed in a push', registryMissing),
  async ({ store, directory }) => {
    await using registry = await startRegistry()
    await using proxy = await startStallingProxy(registry.host)
    const root = `${store}-registry`
    await writeTree(join(directory, 'context'), {
      Dockerfile: `FROM scratch\nCOPY big /big\n`,
      Pull: `FROM ${proxy.host}/app:1\nCOPY --from=${proxy.host}/app:1 /big /copy\n`,
      big: randomBytes(3_000_000),
    })
    const push = ['-t', `${proxy.host}/app:1`, '--push', join(directory, 'context')]
    const killWhen = async (stall: 'push' | 'pull', args: readonly string[], storeRoot: string): Promise<void> => {
      proxy.stall = stall
      const build = startTsbuild(args, { root: storeRoot })
      await Promise.race([proxy.stalled(), build.ended])
      build.kill('SIGKILL')
      await build.ended
      proxy.stall = undefined
      expect(await findTraces(storeRoot)).toEqual(nothing)
      const again = await tsbuild(args, { root: storeRoot })
      expect(again.code, again.stderr).toBe(0)
    }
    await killWhen('push', push, root)
    const layout = join(directory, 'layout')
    await killWhen(
      'pull',
      ['-f', join(directory, 'context/Pull'), '-o', `type=oci,tar=false,dest=${layout}`, join(directory, 'context')],
      `${root}-2`,
    )
    expect((await openImage(layout)).layers).toHaveLength(2)
  },
)
