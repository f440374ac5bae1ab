import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OciLayout } from '@tsbuild/content'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type ProgramResult, runOrThrow } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as plainTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { startWatchedProxy, type WatchedProxy } from '../support/watched-proxy.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = registryMissing ?? withoutPrograms('skopeo') ?? (await withoutRun())

/** Dependencies, sources and a result in stages, as Node projects have them. */
const dockerfile = (host: string): string => `FROM ${host}/base:1 AS deps
WORKDIR /app
COPY package.json ./
RUN mkdir node_modules && head -c 100000 /dev/urandom > node_modules/library
FROM deps AS build
COPY src ./src
RUN cat src/*.js > bundle
FROM ${host}/base:1
COPY --from=deps /app/node_modules /app/node_modules
COPY --from=build /app/bundle /app/bundle
RUN test -s /app/bundle && cat /proc/sys/kernel/random/uuid > /mark
`

interface Built extends ProgramResult {
  readonly steps: { readonly cached: number; readonly run: number }
  readonly digest: string
}

interface Farm {
  /** Registry with the base image, the image and its caches, behind a proxy that counts. */
  readonly proxy: WatchedProxy
  /** The first build, on the machine `one`; it has written every kind of cache. */
  readonly first: Built
  readonly context: string
  /** Directory of the local cache. */
  readonly local: string
  /** Builds and pushes on the machine with this name, which has a store of its own. */
  readonly build: (machine: string, ...args: readonly string[]) => Promise<Built>
}

/**
 * The tests of this file share one first build; each of them is about what other machines make of
 * it.
 */
const test = plainTest.extend<{ readonly farm: Farm }>({
  farm: [
    async ({ base }, use) => {
      await using directory = await temporaryDirectory()
      await using registry = await startRegistry()
      await using proxy = await startWatchedProxy(registry.host)
      const { host } = proxy
      await runOrThrow('skopeo', ['copy', '--dest-tls-verify=false', `oci:${base}:latest`, `docker://${host}/base:1`])
      const context = join(directory.path, 'context')
      const local = join(directory.path, 'cache')
      const files = { Dockerfile: dockerfile(host), 'package.json': '{}', 'src/a.js': 'a', 'src/notes': 'n' }
      await writeTree(context, files)
      await writeFile(join(directory.path, 'key'), 'secret')
      const build: Farm['build'] = async (machine, ...args) => {
        const output = ['--progress=json', '-t', `${host}/app:1`, '--push']
        const result = await tsbuild(['build', ...output, ...args, context], {
          root: join(directory.path, machine),
          cwd: directory.path,
        })
        if (result.code !== 0) throw new Error(result.stderr)
        const { steps, digest } = JSON.parse(result.stderr.trim().split('\n').at(-1) ?? '')
        return { ...result, steps, digest }
      }
      const caches = [
        'type=inline',
        `type=registry,mode=max,ref=${host}/cache:max`,
        `type=local,mode=max,dest=${local}`,
      ]
      const first = await build('one', '--cache-key=src=key', ...caches.flatMap((cache) => ['--cache-to', cache]))
      await use({ proxy, first, context, local, build })
    },
    { scope: 'file' },
  ],
})

const all = { cached: 8, run: 0 }

/** Bytes of blobs that went through the proxy either way: layers, configs and records. */
function blobBytes({ exchanges }: WatchedProxy): number {
  return exchanges
    .filter(({ path }) => path.includes('/blobs/'))
    .reduce((sum, { sent, received }) => sum + sent + received, 0)
}

describe.skipIf(obstacle !== undefined)(titled('a cache that outlives the machine', obstacle), () => {
  test('registry: a second machine runs no step and moves documents only', async ({ farm }) => {
    const { proxy, build, first } = farm
    expect(first.steps).toEqual({ cached: 0, run: 8 })
    proxy.exchanges.splice(0)
    const ref = `${proxy.host}/cache:max`
    const second = await build(
      'two',
      '--tag',
      `${proxy.host}/other:1`,
      '--cache-from',
      ref,
      '--cache-to',
      `type=registry,mode=max,ref=${ref}-again`,
      '--cache-to=type=inline',
      '--cache-key=src=key',
    )
    expect(second.steps).toEqual(all)
    expect(second.digest).toBe(first.digest)
    expect(second.stderr).not.toContain('"type":"warning"')
    // One layer alone has 100 kB.
    expect(blobBytes(proxy)).toBeLessThan(16_000)
    // A repository that had nothing takes the layers over from the base image and the cache.
    const mounts = proxy.exchanges.filter(({ path }) => path.includes('mount='))
    expect(mounts.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect(proxy.exchanges.length).toBeLessThan(70)
  })

  test('local: a directory is a cache, by tag and by digest, as a manifest and as an index', async ({ farm }) => {
    const { build, local } = farm
    const index = `type=local,mode=max,dest=${local},tag=index,image-manifest=false,compression=gzip,force-compression=true`
    expect((await build('three', '--cache-from', `type=local,src=${local}`, '--cache-to', index)).steps).toEqual(all)
    const { digest, mediaType } = await (await OciLayout.open(local)).resolve('index')
    expect(mediaType).toMatch(/index/)
    expect((await build('four', `--cache-from=type=local,src=${local},digest=${digest}`)).steps).toEqual(all)
  })

  test('inline: the image is the cache of its own layers', async ({ farm }) => {
    const { proxy, build, first } = farm
    proxy.exchanges.splice(0)
    const inline = [
      '--cache-from',
      `${proxy.host}/app@${first.digest}`,
      '--cache-to=type=inline',
      '--cache-key=src=key',
    ]
    const again = await build('five', ...inline)
    expect(again.steps).toEqual(all)
    expect(again.digest).toBe(first.digest)
    expect(blobBytes(proxy)).toBeLessThan(16_000)
  })

  test('records without the right signature are not used', async ({ farm, directory }) => {
    const { proxy, context } = farm
    await writeFile(join(directory, 'wrong'), 'wrong')
    const plan = (...args: readonly string[]): Promise<ProgramResult> =>
      tsbuild(['plan', '--format=json', '--cache-from', `${proxy.host}/cache:max`, ...args, context], {
        root: join(directory, 'store'),
        cwd: directory,
      })
    const states = ({ stdout }: ProgramResult): ReadonlySet<string> => {
      const { steps }: { steps: readonly { state: string; cache?: string }[] } = JSON.parse(stdout)
      return new Set(steps.map(({ state, cache }) => `${state} ${cache}`))
    }
    expect(states(await plan())).toEqual(new Set([`hit ${proxy.host}/cache:max`]))
    const refused = await plan('--cache-key=src=wrong')
    expect([...states(refused)]).not.toContain(`hit ${proxy.host}/cache:max`)
    expect(await plan('--cache-key=src=wrong', '--cache-strict')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not signed with the cache key'),
    })
  })

  test('an edit that changes no result re-runs what reads it, another one what follows too', async ({ farm }) => {
    const { proxy, build, context, first } = farm
    const ref = `${proxy.host}/cache:max`
    const caches = ['--cache-from', ref, '--cache-to', `type=registry,mode=max,ref=${ref}`]
    await writeFile(join(context, 'src/notes'), 'changed')
    const idle = await build('six', ...caches)
    expect(idle.steps).toEqual({ cached: 6, run: 2 })
    await writeFile(join(context, 'src/a.js'), 'changed')
    const changed = await build('six', ...caches)
    expect(changed.steps).toEqual({ cached: 4, run: 4 })
    expect(changed.digest).not.toBe(first.digest)
    // The cache that this build wrote has every step, those too that it did not visit.
    const later = await build('seven', ...caches)
    expect(later.steps).toEqual(all)
    expect(later.digest).toBe(changed.digest)
  })
})
