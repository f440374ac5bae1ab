import { join } from 'node:path'
import { expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startStallingProxy } from '../support/stalling-proxy.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { findTraces } from '../support/traces.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

test.skipIf(obstacle !== undefined).for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  titled('%s in RUN ends everything', obstacle),
  async (signal, { store, base, directory }) => {
    await writeTree(directory, {
      'context/Dockerfile': 'FROM base\nRUN trap "" TERM INT; echo be""gun; sleep 1000 & sleep 1000\n',
    })
    const build = startTsbuild(
      ['--build-context', `base=oci-layout://${base}:latest`, '-o', 'type=cacheonly', join(directory, 'context')],
      { root: store },
    )
    await build.says('begun')
    build.kill(signal)
    expect((await build.ended).code).toBe(130)
    expect(await findTraces(store)).toEqual({ processes: [], mounts: [] })
  },
)

test('a registry that never answers can be interrupted', async ({ store, directory }) => {
  await using proxy = await startStallingProxy('127.0.0.1:9')
  proxy.stall = 'everything'
  await writeTree(directory, { 'context/Dockerfile': `FROM ${proxy.host}/app:1\n` })
  const build = startTsbuild(['-o', 'type=cacheonly', join(directory, 'context')], { root: store })
  await Promise.race([proxy.stalled(), build.ended])
  build.kill('SIGINT')
  expect((await build.ended).code).toBe(130)
})
