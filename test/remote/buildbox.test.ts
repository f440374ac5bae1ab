import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { findProgram, titled, withoutPrograms } from '../support/obstacle.ts'
import { remoteDockerfile, test as remoteTest } from '../support/remote-build.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

/** `url`: a server and its workers that another project wrote. */
const test = remoteTest.extend<{ readonly url: string }>({
  url: async ({}, use) => {
    await using directory = await temporaryDirectory()
    const port = await freePort()
    const runner = findProgram('buildbox-run-hosttools') ?? ''
    const server = spawn(
      'buildbox-casd',
      [`--bind=127.0.0.1:${port}`, `--buildbox-run=${runner}`, '--jobs=4', directory.path],
      { stdio: 'ignore' },
    )
    try {
      await answers(port)
      await use(`grpc://127.0.0.1:${port}`)
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  },
})

// Both are in the package buildbox of Debian 13 and newer.
const obstacle = withoutPrograms('buildbox-casd', 'buildbox-run-hosttools') ?? (await withoutRun())

describe.skipIf(obstacle !== undefined)(titled('workers of buildbox-casd', obstacle), () => {
  test('make the image that this machine makes, and remember steps', async ({ url, remoteBuild }) => {
    const local = await remoteBuild(remoteDockerfile)
    const first = await remoteBuild(remoteDockerfile, { remote: { url } })
    const second = await remoteBuild(remoteDockerfile, { remote: { url } })
    expect(first.digest).toBe(local.digest)
    expect(second.digest).toBe(local.digest)
    expect(first.log).toMatch(/\[remote\] ran on /)
    // The second has a context with other dates, which only one of the steps sees.
    expect(second.log.match(/\[remote\] result of an earlier run/g)).toHaveLength(2)
  })

  test('fail as steps fail here', async ({ url, remoteBuild }) => {
    const failing = 'FROM base\nRUN echo before; exit 7'
    const message = (error: unknown): unknown => (error instanceof Error ? error.message : error)
    const local = await remoteBuild(failing).catch(message)
    expect(await remoteBuild(failing, { remote: { url } }).catch(message)).toBe(local)
  })
})

async function answers(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await sleep(100)
  }
  throw new Error('buildbox-casd does not answer')
}
