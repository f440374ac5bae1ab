import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { expect, type TestAPI } from 'vitest'
import { build as buildImage } from '../../src/build.ts'
import type { CacheSource, CacheTarget } from '../../src/cache/options/cache-options.ts'
import type { CacheWriteOptions } from '../../src/cache/options/cache-write-options.ts'
import type { BuildOptions } from '../../src/options.ts'
import type { BuildResult } from '../../src/build-result.ts'
import { namesIn, openBuckets } from '../../src/session/caches/buckets.ts'
import { hostileRecords, putRecords } from './hostile-records.ts'
import { titled } from './obstacle.ts'
import { withoutRun } from './run-obstacle.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { test as plainTest } from './test.ts'
import { type Fault, startWatchedProxy, type WatchedProxy } from './watched-proxy.ts'
import { writeTree } from './write-tree.ts'

/** A kind of object store. */
export interface CacheServer<Server extends AsyncDisposable & { readonly host: string }> {
  start(): Promise<Server>
  /** Options of a cache on this host. */
  source(host: string, name?: string): CacheSource
  target(host: string, options?: CacheWriteOptions): CacheTarget
  /** Request for a manifest, by method and path. */
  isManifest(method: string, path: string): boolean
  /** Request for the bytes of a blob. */
  isBlob(method: string, path: string): boolean
  /** Such requests before that for the first layer: those for the documents. Default: 1. */
  readonly documents?: number
}

/** A server with the cache of one build, mode `max`. */
export interface CacheFarm<Server> {
  readonly server: Server
  /** Digest of the image. */
  readonly digest: string
  /** Builds into an OCI archive in a store of its own. */
  readonly build: (options: Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheStrict' | 'env'>) => Promise<BuildResult>
}

const obstacle = await withoutRun()

/** A result with this image and this one warning. */
function warned(digest: string, message: RegExp): unknown {
  return expect.objectContaining({
    digest,
    warnings: [expect.objectContaining({ message: expect.stringMatching(message) })],
  })
}

/**
 * Declares the tests that every cache in an object store must pass; each file calls it once.
 * Returns `test` with the farm, for tests of its own.
 */
export function testBucketCache<Server extends AsyncDisposable & { readonly host: string }>({
  start,
  source,
  target,
  isManifest,
  isBlob,
  documents = 1,
}: CacheServer<Server>): TestAPI<{ readonly farm: CacheFarm<Server> }> {
  const test = plainTest.extend<{ readonly farm: CacheFarm<Server> }>({
    farm: [
      async ({ base }, use) => {
        await using directory = await temporaryDirectory()
        await using server = await start()
        const context = join(directory.path, 'context')
        await writeTree(context, {
          Dockerfile: 'FROM base AS one\nCOPY a /a\nFROM base\nCOPY --from=one /a /b\nCOPY a /c\n',
          a: randomBytes(100_000).toString('hex'),
        })
        const build: CacheFarm<Server>['build'] = (options) => {
          const id = randomBytes(4).toString('hex')
          return buildImage({
            context,
            contexts: { base: `oci-layout://${base}:latest` },
            args: { SOURCE_DATE_EPOCH: '1' },
            outputs: [{ kind: 'oci', dest: join(directory.path, `${id}.tar`), tar: true, names: [] }],
            root: join(directory.path, id),
            env: {},
            ...options,
          })
        }
        const first = await build({ cacheTo: [target(server.host, { mode: 'max' })] })
        expect(first.warnings).toEqual([])
        await use({ server, digest: first.digest ?? '', build })
      },
      { scope: 'file' },
    ],
  })

  /** A build that reads the cache through a proxy with faults. */
  async function through(
    { server, build }: CacheFarm<Server>,
    fault: WatchedProxy['fault'],
    options: Pick<BuildOptions, 'cacheStrict'> = {},
  ): Promise<BuildResult> {
    await using proxy = await startWatchedProxy(server.host)
    proxy.fault = fault
    return await build({ cacheFrom: [source(proxy.host)], ...options })
  }

  test('a second machine runs no step, and uploads no layer again', async ({ farm: { server, digest, build } }) => {
    await using proxy = await startWatchedProxy(server.host)
    const again = await build({ cacheFrom: [source(proxy.host)], cacheTo: [target(proxy.host, { mode: 'max' })] })
    expect(again).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
    expect(proxy.exchanges.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(20_000)
  })

  test.skipIf(obstacle !== undefined)(
    titled('a cache mount comes to the next machine', obstacle),
    async ({ base, directory }) => {
      await using server = await start()
      const run = async (machine: string, script: string): Promise<BuildResult> =>
        buildImage({
          context: directory,
          dockerfile: { text: `FROM base\nRUN --mount=type=cache,id=m,target=/c ${script}\n` },
          contexts: { base: `oci-layout://${base}:latest` },
          outputs: [{ kind: 'cacheonly' }],
          root: join(directory, machine),
          env: {},
          cacheFrom: [source(server.host)],
          cacheTo: [target(server.host, { mounts: 'all' })],
        })
      expect(await run('first', 'echo carried > /c/f')).toMatchObject({ warnings: [] })
      expect(await run('second', 'grep carried /c/f')).toMatchObject({ steps: { run: 1 }, warnings: [] })
    },
  )

  test('100,000 records, and records without sense, are refused', async ({ farm: { digest, build } }) => {
    await using server = await start()
    await using buckets = openBuckets({ env: {}, signal: new AbortController().signal })
    const place = target(server.host)
    if (place.kind !== 's3' && place.kind !== 'gha' && place.kind !== 'azblob') throw new Error('No object store')
    for (const records of hostileRecords()) {
      const content = await buckets.write(place)
      for (const name of namesIn(place)) await putRecords(content, name, records)
      const { digest: made, warnings } = await build({ cacheFrom: [source(server.host)] })
      expect({ what: records.what, made, warnings }).toMatchObject({
        what: records.what,
        made: digest,
        warnings: [{ message: expect.stringMatching(records.warning) }],
      })
    }
  })

  test('an empty cache is no trouble', async ({ farm: { server, digest, build } }) => {
    const result = await build({ cacheFrom: [source(server.host, 'empty')] })
    expect(result).toMatchObject({ digest, warnings: [] })
  })

  const faults: readonly { what: string; fault: Fault; warning: RegExp }[] = [
    {
      what: 'asks to wait for a minute',
      fault: { kind: 'answer', status: 429, headers: { 'retry-after': '60' } },
      warning: /429 Too Many Requests/,
    },
    { what: 'never answers', fault: { kind: 'hang' }, warning: /no answer within 10 s/ },
    { what: 'breaks off', fault: { kind: 'truncate' }, warning: /no answer|closed|broke|terminated|size/ },
    { what: 'has other documents', fault: { kind: 'corrupt' }, warning: /JSON|answer/i },
    { what: 'denies access', fault: { kind: 'answer', status: 403 }, warning: /403/ },
  ]
  test.concurrent.for(faults)(
    'a cache that $what: the right image, one warning',
    async ({ fault, warning }, { farm }) => {
      const result = await through(farm, (method, path) => (isManifest(method, path) ? fault : undefined))
      expect(result).toEqual(warned(farm.digest, warning))
    },
  )

  test.concurrent.for<{ what: string; fault: Fault }>([
    { what: 'wrong bytes', fault: { kind: 'corrupt' } },
    { what: 'half of the bytes', fault: { kind: 'truncate' } },
    { what: 'nothing', fault: { kind: 'answer', status: 404 } },
  ])('$what where a record has promised a layer', async ({ fault }, { farm }) => {
    const faulty = (): WatchedProxy['fault'] => {
      const read = new Set<string>()
      return (method, path) => {
        if (!isBlob(method, path)) return undefined
        // Documents are read before any layer.
        if (read.size < documents) read.add(path)
        return read.has(path) ? undefined : fault
      }
    }
    expect(await through(farm, faulty())).toEqual(warned(farm.digest, /building without it/))
    const strict = through(farm, faulty(), { cacheStrict: true })
    await expect(strict).rejects.toMatchObject({ name: 'CacheError' })
  })

  test.concurrent.for<{ what: string; fault: Fault; warning: RegExp }>([
    { what: 'is full', fault: { kind: 'answer', status: 507 }, warning: /507/ },
    {
      what: 'asks to wait for a minute',
      fault: { kind: 'answer', status: 429, headers: { 'retry-after': '60' } },
      warning: /429/,
    },
    { what: 'never answers', fault: { kind: 'hang' }, warning: /no answer|took|stalled|slow|time/ },
  ])('a cache that cannot be written, because it $what, is a warning', async ({ fault, warning }, { farm }) => {
    const { server, digest, build } = farm
    await using proxy = await startWatchedProxy(server.host)
    proxy.fault = (method) => (method === 'PUT' || method === 'POST' ? fault : undefined)
    const result = await build({ cacheTo: [target(proxy.host)] })
    expect(result).toEqual(warned(digest, warning))
    expect(result).toEqual(warned(digest, /the cache was not written$/))
  })

  test('a cache that cannot be written ends a build that insists', async ({ farm: { server, build } }) => {
    await using proxy = await startWatchedProxy(server.host)
    proxy.fault = (method) => (method === 'PUT' || method === 'POST' ? { kind: 'answer', status: 507 } : undefined)
    const failing = build({ cacheTo: [target(proxy.host, { ignoreError: false })] })
    await expect(failing).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' })
  })

  return test
}
