import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Code } from '@connectrpc/connect'
import { type ReapiTestServer, startReapiServer } from '@tsbuild/reapi/testing'
import { describe, expect } from 'vitest'
import type { BuildOptions } from '../../src/options.ts'
import { titled } from '../support/obstacle.ts'
import { type RemoteBuild, remoteDockerfile, test as remoteTest } from '../support/remote-build.ts'
import { withoutRun } from '../support/run-obstacle.ts'

interface Farm {
  readonly server: ReapiTestServer
  readonly build: RemoteBuild
  /** Options for the workers of the server, which have this Node. */
  readonly remote: NonNullable<BuildOptions['remote']>
}

const test = remoteTest.extend<{ readonly farm: Farm }>({
  farm: async ({ remoteBuild: build }, use) => {
    await using server = await startReapiServer({ slots: 8 })
    await use({ server, build, remote: { url: server.url, node: process.execPath } })
  },
})

const obstacle = await withoutRun()

describe.skipIf(obstacle !== undefined)(titled('steps on workers', obstacle), () => {
  test('make the image that this machine makes; their logs are shown', async ({ farm: { server, build, remote } }) => {
    const [local, far] = [await build(remoteDockerfile), await build(remoteDockerfile, { remote })]
    expect(far.digest).toBe(local.digest)
    expect(server.workers.executed.length).toBe(3)
    expect(far.log).toMatch(/\[remote\] ran on worker-1 of grpc:/)
    for (const line of [/^out$/m, /^err$/m]) expect(far.log).toMatch(line)
    // The layer of a step in the middle stays at the server, as an input of the next step.
    const layers = [...server.blobs.keys()].length
    expect(layers).toBeGreaterThan(3)
  })

  test('show their logs while they run, where the server streams them', async ({ farm: { server, build, remote } }) => {
    const text = 'FROM base\nRUN echo one; echo err >&2; sleep 2; echo two'
    const seen: { readonly text: string; readonly isRunning: boolean }[] = []
    await build(text, {
      remote,
      report: (event) => {
        if (event.type === 'log')
          seen.push({ text: Buffer.from(event.data).toString(), isRunning: server.workers.running.size > 0 })
      },
    })
    const lines = seen.filter(({ text }) => !text.startsWith('[remote]'))
    expect(lines.map(({ text }) => text).sort()).toEqual(['err\n', 'one\n', 'two\n'])
    expect(lines.find(({ text }) => text === 'one\n')).toMatchObject({ isRunning: true })
  })

  test('bring their program along: Node, bundle and native module', async ({ farm: { server, build } }) => {
    const { log } = await build('FROM base\nRUN echo hello', { remote: { url: server.url } })
    expect(log).toMatch(/^hello$/m)
  })

  test('are not run again for another machine', async ({ farm: { server, build, remote } }) => {
    const text = 'FROM base\nRUN echo one > /one\nRUN echo two > /two'
    const first = await build(text, { remote })
    const second = await build(text, { remote })
    expect(second.digest).toBe(first.digest)
    expect(second.log).toMatch(/result of an earlier run/)
    expect(server.workers.executed.length).toBe(2)
    await build('FROM base\nRUN echo again', { remote, noCache: true })
    await build('FROM base\nRUN echo again', { remote, noCache: true })
    expect(server.workers.executed.length).toBe(4)
  })

  test('say where a server shows their logs at their end only', async ({ farm: { server, build, remote } }) => {
    server.streamsLogs = false
    const { log } = await build('FROM base\nRUN echo one; sleep 6; echo two', { remote })
    expect(log).toMatch(/\[remote\] runs; grpc:\S+ shows output when a step ends\n[^]*one\ntwo\n/)
  })

  test('survive the loss of their workers', async ({ farm: { server, build, remote } }) => {
    let isKilled = false
    server.remembersFailures = true
    const kill = setInterval(() => {
      if (server.workers.running.size === 0 || isKilled) return
      isKilled = true
      server.workers.kill()
    }, 20)
    const text = `FROM base\n${['a', 'b'].map((name) => `RUN sleep 0.3 && echo ${name} > /${name}`).join('\n')}`
    const far = await build(text, { remote })
    clearInterval(kill)
    expect(far.log).toMatch(/the worker was lost \(exit code 137\): attempt 2 of 4/)
    expect(far.digest).toBe((await build(text)).digest)
  })

  test('fail as they fail here, and are then tried anew', async ({ farm: { server, build, remote } }) => {
    server.remembersFailures = true
    const failing = 'FROM base\nRUN echo before; exit 7'
    const message = (error: unknown): unknown => (error instanceof Error ? error.message : error)
    const [local, far, again] = [
      await build(failing).catch(message),
      await build(failing, { remote }).catch(message),
      await build(failing, { remote }).catch(message),
    ]
    expect(far).toBe(local)
    expect(again).toBe(local)
    expect(server.workers.executed.length).toBe(2)
  })

  test('run again if the server has lost what they made', async ({ farm: { server, build, remote } }) => {
    const text = 'FROM base\nRUN echo made > /made'
    const first = await build(text, { remote })
    for (const [key, bytes] of server.blobs) if (bytes.length < 400 && bytes[0] === 0x1f) server.blobs.delete(key)
    const second = await build(text, { remote })
    expect(second.digest).toBe(first.digest)
    expect(second.warnings).toMatchObject([{ code: 'RemoteResultLost' }])
  })

  test('end with the build', async ({ farm: { server, build, remote } }) => {
    const abort = new AbortController()
    const building = build('FROM base\nRUN sleep 60', { remote, signal: abort.signal })
    const started = setInterval(() => {
      if (server.workers.running.size > 0) abort.abort()
    }, 20)
    await expect(building).rejects.toMatchObject({ code: 'ABORTED' })
    clearInterval(started)
    await expect.poll(() => server.workers.running.size).toBe(0)
  })

  test('stay here with secrets and cache mounts, which never leave', async ({ farm: { server, build, remote } }) => {
    const text = [
      'FROM base',
      'RUN --mount=type=secret,id=key test "$(wc -c < /run/secrets/key)" = 11',
      'RUN --mount=type=secret,id=key,env=KEY test "${#KEY}" = 11',
      'RUN --mount=type=cache,target=/cache echo kept > /cache/file',
      'RUN echo far',
    ].join('\n')
    const secrets = { key: { value: 'swordfish-x' } }
    const { log, digest } = await build(text, { remote, secrets })
    expect(log).toMatch(/runs on this machine, because it has a secret/)
    expect(log).toMatch(/runs on this machine, because it has a cache mount/)
    expect(server.workers.executed.length).toBe(1)
    for (const bytes of server.blobs.values()) expect(Buffer.from(bytes).includes('swordfish-x')).toBe(false)
    expect(digest).toBe((await build(text, { secrets })).digest)
  })

  test('say which properties their workers need', async ({ farm: { server, build, remote } }) => {
    await build('FROM base\nRUN true', { remote: { ...remote, properties: { pool: 'builders' }, timeout: 60 } })
    expect(server.workers.executed[0]).toMatchObject({
      timeout: { seconds: 60n },
      platform: { properties: [{ name: 'pool', value: 'builders' }] },
    })
  })

  test.skipIf(process.getuid?.() !== 0)('start Node once', async ({ farm: { server, build, remote } }) => {
    const seen: string[] = []
    const looking = setInterval(() => {
      if (server.workers.running.size > 0) seen.push(...programsOfWorkers())
    }, 50)
    await build('FROM base\nRUN sleep 1', { remote }).finally(() => clearInterval(looking))
    expect(new Set(seen)).toEqual(new Set(['worker-main.js']))
  })

  test('whose server fails in the same way are not tried for ever', async ({ farm: { server, build, remote } }) => {
    server.fault = (method) => (method === 'Execute' ? { kind: 'status', code: Code.Internal } : undefined)
    await expect(build('FROM base\nRUN true', { remote })).rejects.toMatchObject({
      code: 'REMOTE_UNAVAILABLE',
      message: expect.stringMatching(/^execute an action \(grpc:\S+\): INTERNAL: a fault of the test$/),
    })
    expect(server.calls.get('Execute')).toBeLessThanOrEqual(5)
  })

  test('whose worker has no Node fail the build', async ({ farm: { build, remote } }) => {
    await expect(build('FROM base\nRUN true', { remote: { ...remote, node: '/none/node' } })).rejects.toMatchObject({
      code: 'REMOTE_REFUSED',
      message: expect.stringMatching(/exit code 127: cannot execute \/none\/node: it is missing/),
    })
  })

  test('a server that cannot be reached fails the build', async ({ farm: { build, remote } }) => {
    await expect(
      build('FROM base\nRUN true', { remote: { ...remote, url: 'grpc://127.0.0.1:9' } }),
    ).rejects.toMatchObject({ code: 'REMOTE_UNAVAILABLE' })
  })
})

/** Programs for workers that run now, by the last word of their path. */
function programsOfWorkers(): readonly string[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    try {
      const words = readFileSync(path, 'utf8').split('\0')
      return words.filter((word) => /tsbuild\/worker\/[\w-]+\.js$/.test(word)).map((word) => basename(word))
    } catch {
      // It ended meanwhile.
      return []
    }
  })
}
