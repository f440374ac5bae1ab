import { globSync, readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { remoteDockerfile, test as remoteTest } from '../support/remote-build.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startBuildbox } from '../support/start-buildbox.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

interface Farm {
  readonly url: string
  /** Kills one of the workers that run a step; false where none does. */
  kill(): boolean
}

/** A server and its workers that another project wrote. */
const test = remoteTest.extend<{ readonly farm: Farm }>({
  farm: async ({}, use) => {
    await using directory = await temporaryDirectory()
    await using server = await startBuildbox(directory.path, 4)
    await use({ url: server.url, kill: () => killChild(server.pid) })
  },
})

// Both are in the package buildbox of Debian 13 and newer.
const obstacle = withoutPrograms('buildbox-casd', 'buildbox-run-hosttools') ?? (await withoutRun())

describe.skipIf(obstacle !== undefined)(titled('workers of buildbox-casd', obstacle), () => {
  test('make the image that this machine makes, and remember steps', async ({ farm: { url }, remoteBuild }) => {
    const local = await remoteBuild(remoteDockerfile)
    const first = await remoteBuild(remoteDockerfile, { remote: { url } })
    const second = await remoteBuild(remoteDockerfile, { remote: { url } })
    expect(first.digest).toBe(local.digest)
    expect(second.digest).toBe(local.digest)
    expect(first.log).toMatch(/\[remote\] ran on /)
    // The second has a context with other dates, which only one of the steps sees.
    expect(second.log.match(/\[remote\] result of an earlier run/g)).toHaveLength(2)
  })

  test('lose nothing when one of them is killed in the middle', async ({ farm: { url, kill }, remoteBuild }) => {
    const steps = ['a', 'b', 'c', 'd'].map((name) => `FROM base AS ${name}\nRUN sleep 2 && echo ${name} > /${name}`)
    const copies = ['a', 'b', 'c', 'd'].map((name) => `COPY --from=${name} /${name} /`)
    const text = [...steps, 'FROM base', ...copies].join('\n')
    let isKilled = false
    const killing = setInterval(() => (isKilled ||= kill()), 50)
    const far = await remoteBuild(text, { remote: { url } }).finally(() => clearInterval(killing))
    expect(isKilled).toBe(true)
    // casd reports a killed runner as its own failure.
    expect(far.log).toMatch(/\[remote\] the (worker was lost|server failed .*137)/)
    expect(far.digest).toBe((await remoteBuild(text)).digest)
  })

  test('their server keeps cache mounts, by scope', async ({ farm: { url }, remoteBuild }) => {
    const build = (script: string): ReturnType<typeof remoteBuild> => {
      const cache = { kind: 'reapi', url, scope: 'app/main' } as const
      const text = `FROM base\nRUN --mount=type=cache,id=m,target=/c ${script}`
      return remoteBuild(text, { cacheFrom: [cache], cacheTo: [{ ...cache, mounts: 'all' }] })
    }
    const first = await build('head -c 20000000 /dev/zero > /c/large; echo small > /c/small')
    const second = await build('wc -c < /c/large; cat /c/small')
    expect([first.warnings, second.warnings]).toEqual([[], []])
    expect(second.log).toMatch(/^20000000\n(?:.*\n)*?small$/m)
  })

  test('fail as steps fail here', async ({ farm: { url }, remoteBuild }) => {
    const failing = 'FROM base\nRUN echo before; exit 7'
    const message = (error: unknown): unknown => (error instanceof Error ? error.message : error)
    const local = await remoteBuild(failing).catch(message)
    expect(await remoteBuild(failing, { remote: { url } }).catch(message)).toBe(local)
  })
})

/** Kills a child of a process that has a child itself: a worker at work. */
function killChild(pid: number): boolean {
  const worker = childrenOf(pid).find((child) => childrenOf(child).length > 0)
  if (worker !== undefined) process.kill(worker, 'SIGKILL')
  return worker !== undefined
}

function childrenOf(pid: number): readonly number[] {
  const lists = globSync(`/proc/${pid}/task/*/children`).map(readIfPresent)
  return lists.flatMap((list) => list.split(' ').filter((text) => text !== '')).map(Number)
}

/** Empty for a thread that has ended meanwhile. */
function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
