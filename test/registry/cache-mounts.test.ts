import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { build as buildImage } from '../../src/build.ts'
import type { CacheSource, CacheTarget } from '../../src/cache/cache-options.ts'
import type { BuildOptions, BuildResult } from '../../src/options.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as plainTest } from '../support/test.ts'
import { type Exchange, startWatchedProxy, type WatchedProxy } from '../support/watched-proxy.ts'
import { writeTree } from '../support/write-tree.ts'

type Caches = Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheKey' | 'cacheStrict' | 'env' | 'noCache'>

interface Farm {
  readonly proxy: WatchedProxy
  readonly path: string
  /** Builds a Dockerfile on a machine of its own; resolves with the output of its steps too. */
  readonly build: (dockerfile: string, caches: Caches) => Promise<BuildResult & { readonly log: string }>
}

const test = plainTest.extend<{ readonly farm: Farm }>({
  farm: async ({ base }, use) => {
    await using directory = await temporaryDirectory()
    await using registry = await startRegistry()
    await using proxy = await startWatchedProxy(registry.host)
    const context = join(directory.path, 'context')
    await writeTree(context, { a: 'a' })
    const build: Farm['build'] = async (text, caches) => {
      const id = randomBytes(4).toString('hex')
      let log = ''
      const result = await buildImage({
        context,
        dockerfile: { text: `FROM base\n${text}\n` },
        contexts: { base: `oci-layout://${base}:latest` },
        outputs: [{ kind: 'cacheonly' }],
        root: join(directory.path, id),
        report: (event) => {
          if (event.type === 'log') log += Buffer.from(event.data).toString()
        },
        ...caches,
      })
      return { ...result, log }
    }
    await use({ proxy, path: directory.path, build })
  },
})

const obstacle = registryMissing ?? (await withoutRun())

/** A step with a cache mount; its text makes it another step. */
function step(id: string, script: string, options = ''): string {
  return `RUN --mount=type=cache,id=${id},target=/c${options} : ${randomBytes(4).toString('hex')}; ${script}`
}

const uploaded = (exchanges: readonly Exchange[]): number => exchanges.reduce((sum, { sent }) => sum + sent, 0)

describe.skipIf(obstacle !== undefined)(titled('cache mounts on a second machine', obstacle), () => {
  const kinds: readonly [string, (farm: Farm, tag: string) => { from: CacheSource; to: CacheTarget }][] = [
    [
      'registry',
      ({ proxy: { host } }, tag) => ({
        from: { kind: 'registry', ref: `${host}/app:${tag}` },
        to: { kind: 'registry', ref: `${host}/app:${tag}`, mounts: ['npm'] },
      }),
    ],
    [
      'local',
      ({ path }, tag) => ({
        from: { kind: 'local', src: join(path, tag) },
        to: { kind: 'local', dest: join(path, tag), mounts: 'all' },
      }),
    ],
  ]
  test.for(kinds)('%s: files, owners, modes and times are those of the first', async ([, place], { farm }) => {
    const { from, to } = place(farm, 'cache')
    const make =
      'mkdir -m 700 /c/d; echo 1 > /c/d/f; chown 7:8 /c/d/f; chmod 640 /c/d/f; ln -s f /c/d/l; touch -d "2020-01-02 03:04:05" /c/d/f'
    const list = 'stat -c "%n %u:%g %a %Y %N" /c/d /c/d/f /c/d/l | grep -v "^/c/d 0"; cat /c/d/f'
    const first = await farm.build(step('npm', `${make}; ${list}`), { cacheTo: [to] })
    expect(first.log).toMatch(/^\/c\/d\/f 7:8 640 1577934245 /m)
    const second = await farm.build(step('npm', list), { cacheFrom: [from] })
    expect(second.warnings).toEqual([])
    expect(stats(second.log)).toEqual(stats(first.log))
  })

  test('only what changed is uploaded; mounts of steps that were cached stay', async ({ farm }) => {
    const { host, exchanges } = farm.proxy
    const cacheFrom: CacheSource[] = [{ kind: 'registry', ref: `${host}/app:cache` }]
    const cacheTo: CacheTarget[] = [{ kind: 'registry', ref: `${host}/app:cache`, mode: 'max', mounts: ['npm', 'go'] }]
    const go = step('go', 'echo go > /c/go')
    const noise = (name: string, size: number): string => `head -c ${size} /dev/urandom > /c/${name}`
    await farm.build(`${go}\n${step('npm', noise('large', 20_000_000))}`, { cacheTo })
    expect(uploaded(exchanges.splice(0))).toBeGreaterThan(20_000_000)
    const second = await farm.build(`${go}\n${step('npm', `ls /c; ${noise('small', 100_000)}`)}`, {
      cacheFrom,
      cacheTo,
    })
    expect([second.log, second.warnings]).toEqual([expect.stringContaining('large\n'), []])
    const sent = uploaded(exchanges.splice(0))
    expect(sent).toBeGreaterThan(100_000)
    expect(sent).toBeLessThan(1_000_000)
    const third = await farm.build(`${step('go', 'cat /c/go')}\n${step('npm', 'ls /c')}`, { cacheFrom })
    expect(third.log).toContain('go\n')
    expect(third.log).toContain('large\nsmall\n')
    // A build without its steps fetches nothing of the mounts.
    exchanges.splice(0)
    await farm.build('RUN true', { cacheFrom })
    expect(exchanges.every(({ received }) => received < 10_000)).toBe(true)
  })
})

/** Lines of `stat`. */
function stats(log: string): readonly string[] {
  return log.split('\n').filter((line) => line.startsWith('/c/'))
}
