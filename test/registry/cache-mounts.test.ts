import { createHash, randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { MemoryContent, OciLayout, oneChunk } from '@tsbuild/content'
import { type Descriptor, type Digest, digestOf } from '@tsbuild/oci'
import { type ReapiTestServer, startReapiServer } from '@tsbuild/reapi/testing'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { build as buildImage } from '../../src/build.ts'
import type { CacheSource, CacheTarget } from '../../src/cache/options/cache-options.ts'
import { exportCache } from '../../src/cache/image/export-cache.ts'
import { LayerStore } from '../../src/layer/layer-store.ts'
import { mountTypes } from '../../src/mounts/mount-manifest.ts'
import type { BuildOptions } from '../../src/options.ts'
import type { BuildResult } from '../../src/build-result.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as plainTest } from '../support/test.ts'
import { type Exchange, startWatchedProxy, type WatchedProxy } from '../support/watched-proxy.ts'
import { writeTree } from '../support/write-tree.ts'

type Caches = Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheKey' | 'cacheStrict' | 'env' | 'isolation' | 'root'>

interface Farm {
  readonly proxy: WatchedProxy
  readonly reapi: ReapiTestServer
  readonly path: string
  /** Builds a Dockerfile on a machine of its own; resolves with the output of its steps too. */
  readonly build: (dockerfile: string, caches: Caches) => Promise<BuildResult & { readonly log: string }>
}

const test = plainTest.extend<{ readonly farm: Farm }>({
  farm: async ({ base }, use) => {
    await using directory = await temporaryDirectory()
    await using registry = await startRegistry()
    await using reapi = await startReapiServer()
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
    await use({ proxy, reapi, path: directory.path, build })
  },
})

const obstacle = registryMissing ?? (await withoutRun())

const root = ['d', '', 0o755, 0, 0, '1']
const file = (path: string): unknown => ['f', path, 0o644, 0, 0, '1', 1, [0]]

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
    [
      'reapi',
      ({ reapi: { url } }, scope) => ({
        from: { kind: 'reapi', url, scope },
        to: { kind: 'reapi', url, scope, mounts: ['npm'] },
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

  test.for(['userns-single', 'confined'] as const)(
    'owners and modes are carried from and to the rung %s, which keeps them in a ledger',
    async (isolation, { farm }) => {
      const path = join(farm.path, 'cache')
      const caches = {
        cacheFrom: [{ kind: 'local', src: path }],
        cacheTo: [{ kind: 'local', dest: path, mounts: 'all' }],
      } as const
      const make =
        'mkdir /c/d; echo 1 > /c/d/f; chown 7:8 /c/d/f; chmod 4050 /c/d/f; chown 5:6 /c/d; chmod 300 /c/d; touch /c/r'
      const list = 'stat -c "at %n %u:%g %a" /c /c/d /c/d/f /c/r'
      const lines = ['at /c 3:4 755', 'at /c/d 5:6 300', 'at /c/d/f 7:8 4050', 'at /c/r 0:0 644']
      const seen = async (script: string, options: Caches): Promise<readonly string[]> => {
        const { log, warnings } = await farm.build(step('npm', script, ',uid=3,gid=4'), options)
        expect(warnings).toEqual([])
        return log.split('\n').filter((line) => line.startsWith('at '))
      }
      expect(await seen(`${make}; ${list}`, { isolation, cacheTo: caches.cacheTo })).toEqual(lines)
      expect(await seen(list, { isolation, cacheFrom: caches.cacheFrom })).toEqual(lines)
      // The last machine has other rights, and its mount comes back.
      expect(await seen(list, caches)).toEqual(lines)
      expect(await seen(list, { isolation, ...caches })).toEqual(lines)
    },
  )

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

  test('scopes of a reapi server have mounts of their own, which only their key can replace', async ({ farm }) => {
    const { url, calls } = farm.reapi
    const cacheKey = { value: 'a long secret of this project' }
    const cache = (scope: string) => ({ kind: 'reapi', url, scope }) as const
    const write = (scope: string, text: string, more: Partial<Caches> = {}) =>
      farm.build(step('npm', `echo ${text} > /c/${text}`), { cacheTo: [{ ...cache(scope), mounts: 'all' }], ...more })
    await write('app/main', 'main', { cacheKey })
    await write('app/main', 'forged')
    await write('app/pull-7', 'pull', { cacheKey, cacheFrom: [cache('app/pull-7'), cache('app/main')] })
    const list = async (scopes: readonly string[], more: Partial<Caches> = { cacheKey }): Promise<string> => {
      const cacheFrom = scopes.map(cache)
      const { log, warnings } = await farm.build(step('npm', 'echo have $(ls /c)'), { cacheFrom, ...more })
      expect(warnings).toEqual([])
      return /^have ?(.*)$/m.exec(log)?.[1] ?? ''
    }
    expect(await list(['app/main'])).toBe('main')
    expect(await list(['app/pull-7', 'app/main'])).toBe('main pull')
    expect(await list(['other', 'app/main'])).toBe('main')
    expect(await list(['app/main'], {})).toBe('forged')
    calls.clear()
    expect(await list([])).toBe('')
    expect(calls.size).toBe(0)
  })

  test('a reapi server that lost packs of a mount: it begins empty, and is written anew', async ({ farm }) => {
    const { url, blobs } = farm.reapi
    const cache = { kind: 'reapi', url, scope: 'app' } as const
    const caches = { cacheFrom: [cache], cacheTo: [{ ...cache, mounts: 'all' }] } as const
    await farm.build(step('npm', 'head -c 3000000 /dev/urandom > /c/first'), caches)
    for (const [key, bytes] of blobs) if (bytes.length > 1_000_000) blobs.delete(key)
    const again = await farm.build(step('npm', 'echo have $(ls /c); echo a > /c/second'), caches)
    // A server gives no result whose files it lacks.
    expect(again.warnings).toEqual([])
    expect(again.log).toMatch(/^have$/m)
    const third = await farm.build(step('npm', 'echo have $(ls /c)'), caches)
    expect(third.warnings).toEqual([])
    expect(third.log).toMatch(/^have second$/m)
  })

  test('a branch begins with the mounts of main, and never changes them', async ({ farm }) => {
    const ref = (tag: string): string => `${farm.proxy.host}/app:${tag}`
    const read = (...tags: readonly string[]): CacheSource[] => tags.map((tag) => ({ kind: 'registry', ref: ref(tag) }))
    const write = (tag: string): CacheTarget[] => [{ kind: 'registry', ref: ref(tag), mounts: 'all' }]
    const cacheKey = { env: 'KEY' }
    const [main, branch] = [{ KEY: 'of main' }, { KEY: 'of main' }]
    await farm.build(step('npm', 'touch /c/main'), { cacheTo: write('main'), cacheKey, env: main })
    const first = await farm.build(step('npm', 'ls /c; touch /c/branch', ',sharing=locked'), {
      cacheFrom: read('branch', 'main'),
      cacheTo: write('branch'),
      cacheKey,
      env: branch,
    })
    expect([first.log, first.warnings]).toEqual([expect.stringContaining('main\n'), []])
    const second = await farm.build(step('npm', 'ls /c', ',sharing=private'), { cacheFrom: read('branch', 'main') })
    expect(second.log).toContain('branch\nmain\n')
    const next = await farm.build(step('npm', 'ls /c'), { cacheFrom: read('main') })
    expect(next.log).not.toContain('branch\n')
    const other = await farm.build(step('npm', 'ls /c'), { cacheFrom: read('branch'), cacheKey, env: { KEY: 'x' } })
    expect([other.log, other.warnings]).toEqual([
      expect.not.stringContaining('branch\n'),
      [expect.objectContaining({ message: expect.stringContaining('not signed') })],
    ])
  })

  test('steps and builds that ask for a mount at the same time all have it', async ({ farm }) => {
    const place = join(farm.path, 'cache')
    await farm.build(step('npm', 'echo carried > /c/f'), { cacheTo: [{ kind: 'local', dest: place, mounts: 'all' }] })
    const both = `${step('npm', 'cat /c/f > /one')}\nFROM base\n${step('npm', 'cat /c/f > /two')}\nCOPY --from=0 /one /`
    const root = join(farm.path, 'shared')
    const builds = [1, 2].map(() => farm.build(both, { cacheFrom: [{ kind: 'local', src: place }], root }))
    for (const { warnings } of await Promise.all(builds)) expect(warnings).toEqual([])
  })

  const hostile: readonly [string, Partial<HostileMount>, RegExp][] = [
    ['climbs out', { entries: [root, ['f', '../../../f', 0o644, 0, 0, '1', 1, [0]]] }, /not in a directory/],
    ['has other bytes', { chunk: digestOf('other') }, /a chunk of sha256:\w+ is not/],
    ['has packs that are missing', { isPacked: false }, /no content/],
  ]
  test.for(hostile)('a mount that %s begins empty, with one warning', async ([, mount, warning], { farm }) => {
    const place = join(farm.path, 'hostile')
    await writeHostile(place, { entries: [root, file('f')], chunk: digestOf('content'), isPacked: true, ...mount })
    const cacheFrom: CacheSource[] = [{ kind: 'local', src: place }]
    const built = await farm.build(step('npm', 'ls -A /c > /names; test ! -s /names'), { cacheFrom })
    expect(built.warnings).toEqual([expect.objectContaining({ message: expect.stringMatching(warning) })])
  })

  test('a wrong mount ends a strict build, and is replaced by another one', async ({ farm }) => {
    const place = join(farm.path, 'hostile')
    await writeHostile(place, { entries: [], chunk: digestOf('content'), isPacked: true })
    const cacheFrom: CacheSource[] = [{ kind: 'local', src: place }]
    await expect(farm.build(step('npm', 'true'), { cacheFrom, cacheStrict: true })).rejects.toMatchObject({
      code: 'CACHE_INVALID',
    })
    const cacheTo: CacheTarget[] = [{ kind: 'local', dest: place, mounts: 'all' }]
    await farm.build(step('npm', 'echo 1 > /c/good'), { cacheFrom, cacheTo })
    expect(await farm.build(step('npm', 'cat /c/good'), { cacheFrom })).toMatchObject({ warnings: [] })
  })
})

interface HostileMount {
  readonly entries: readonly unknown[]
  /** Digest that the manifest has for the only chunk, which is `content`. */
  readonly chunk: Digest
  readonly isPacked: boolean
}

/** Writes a cache with one mount, `npm`. */
async function writeHostile(place: string, { entries, chunk, isPacked }: HostileMount): Promise<void> {
  const source = new MemoryContent()
  const put = async (mediaType: string, content: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(content), size: content.length }
    await source.put(descriptor, oneChunk(content))
    return descriptor
  }
  const pack = await put(mountTypes.pack, Buffer.from('content'))
  const packs = [[pack.digest, 7, [[chunk.slice('sha256:'.length), 7, 7]]]]
  const manifest = zstdCompressSync(JSON.stringify({ version: 1, packs, entries }))
  const name = createHash('sha256').update('npm').digest('hex').slice(0, 32)
  const mount = { id: 'npm', name, manifest: await put(mountTypes.manifest, manifest), packs: [pack] }
  const to = await OciLayout.create(place)
  await exportCache({
    store: await LayerStore.open(`${place}-store`),
    to,
    tags: ['latest'],
    steps: [],
    mounts: { mounts: [mount], source },
    blobOf: (layer) => layer.blob(),
    asIndex: false,
    signal: new AbortController().signal,
  })
  if (!isPacked) await rm(join(place, 'blobs/sha256', pack.digest.slice('sha256:'.length)))
}

/** Lines of `stat`. */
function stats(log: string): readonly string[] {
  return log.split('\n').filter((line) => line.startsWith('/c/'))
}
