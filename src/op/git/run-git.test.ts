import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { test as storeTest } from '../../layer/testing/store.ts'
import { type GitRun, runGit } from './run-git.ts'

/**
 * A server that takes connections and never says anything; it tells when the other side has gone.
 */
interface SilentServer {
  readonly url: string
  readonly isConnected: Promise<unknown>
  readonly isLeft: Promise<unknown>
}

const test = storeTest.extend<{ silent: SilentServer; run: Omit<GitRun, 'timeout'> }>({
  silent: async ({}, use) => {
    const server: Server = createServer()
    const isConnected = once(server, 'connection')
    const isLeft = isConnected.then(([socket]) =>
      once(
        socket.resume().on('error', () => undefined),
        'close',
      ),
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    await use({ url: `git://127.0.0.1:${port}/r`, isConnected, isLeft })
    server.close()
  },
  run: ({ directory }, use) =>
    use({
      directory,
      env: process.env,
      knownHosts: join(directory, 'known_hosts'),
      signal: new AbortController().signal,
    }),
})

test('a server that says nothing is given up, with everything that talked to it', async ({ silent, run }) => {
  await expect(runGit(['ls-remote', silent.url], { ...run, timeout: 300 })).rejects.toMatchObject({
    code: 'GIT_UNREACHABLE',
    message: 'git ls-remote failed: no end after 0.3 s',
  })
  await silent.isLeft
})

test('an abort ends git and what it started, and is the error', async ({ silent, run }) => {
  const controller = new AbortController()
  const running = runGit(['ls-remote', silent.url], { ...run, timeout: 60_000, signal: controller.signal })
  await silent.isConnected
  controller.abort(new Error('enough'))
  await expect(running).rejects.toThrow('enough')
  await silent.isLeft
})

test('nothing is left of a program that is killed', async ({ silent, directory }) => {
  const module = JSON.stringify(join(import.meta.dirname, 'run-git.ts'))
  const run = { directory, knownHosts: join(directory, 'known_hosts'), timeout: 60_000 }
  const script = `const { runGit } = await import(${module})
    await runGit(['ls-remote', ${JSON.stringify(silent.url)}], { ...${JSON.stringify(run)}, env: process.env, signal: new AbortController().signal })`
  const program = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' })
  await silent.isConnected
  program.kill('SIGKILL')
  await silent.isLeft
})

test('a machine without git', async ({ run }) => {
  vi.stubEnv('PATH', '/nowhere')
  try {
    await expect(runGit(['version'], { ...run, timeout: 60_000 })).rejects.toMatchObject({ code: 'GIT_MISSING' })
  } finally {
    vi.unstubAllEnvs()
  }
})

test('what git says is the message', async ({ run }) => {
  await expect(runGit(['rev-parse', 'HEAD'], { ...run, timeout: 60_000 })).rejects.toThrow(
    /^git rev-parse failed: fatal: not a git/,
  )
  expect(await runGit(['config', '--get', 'core.hooksPath'], { ...run, timeout: 60_000 })).toBe('/dev/null\n')
})
