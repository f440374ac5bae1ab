import { createHash, randomBytes } from 'node:crypto'
import { glob as globFiles, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OciLayout } from '@tsbuild/content'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { build as buildImage } from '../../src/build.ts'
import type { CacheSource } from '../../src/cache/options/cache-options.ts'
import { describeFailure } from '../../src/failure.ts'
import type { BuildOptions } from '../../src/options.ts'
import type { BuildResult } from '../../src/build-result.ts'
import { hostileRecords, putRecords } from '../support/hostile-records.ts'
import { titled } from '../support/obstacle.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as plainTest } from '../support/test.ts'
import { type Fault, startWatchedProxy } from '../support/watched-proxy.ts'
import { writeTree } from '../support/write-tree.ts'

interface Farm {
  readonly host: string
  /** Layers of the cache `app:cache`. */
  readonly layers: readonly { readonly digest: string }[]
  /** Digest of the image. */
  readonly digest: string
  /** Builds into an OCI archive in a store of its own. */
  readonly build: (options: Pick<BuildOptions, 'cacheFrom' | 'cacheTo' | 'cacheStrict'>) => Promise<BuildResult>
}

const test = plainTest.extend<{ readonly farm: Farm }>({
  farm: [
    async ({ base }, use) => {
      await using directory = await temporaryDirectory()
      await using registry = await startRegistry()
      const { host } = registry
      const context = join(directory.path, 'context')
      await writeTree(context, {
        Dockerfile: 'FROM base AS one\nCOPY a /a\nFROM base\nCOPY --from=one /a /b\nCOPY a /c\n',
        a: 'a',
      })
      const build: Farm['build'] = (options) => {
        const id = randomBytes(4).toString('hex')
        return buildImage({
          context,
          contexts: { base: `oci-layout://${base}:latest` },
          args: { SOURCE_DATE_EPOCH: '1' },
          outputs: [{ kind: 'oci', dest: join(directory.path, `${id}.tar`), tar: true, names: [] }],
          root: join(directory.path, id),
          ...options,
        })
      }
      const { digest = '' } = await build({ cacheTo: [{ kind: 'registry', mode: 'max', ref: `${host}/app:cache` }] })
      const answer = await fetch(`http://${host}/v2/app/manifests/cache`, {
        headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
      })
      const { layers }: { layers: Farm['layers'] } = JSON.parse(await answer.text())
      await use({ host, layers, digest, build })
    },
    { scope: 'file' },
  ],
})

/** The options for one cache to read. */
function from(ref: string): { readonly cacheFrom: readonly CacheSource[] } {
  return { cacheFrom: [{ kind: 'registry', ref }] }
}

/** A result with this image and this one warning. */
function warned(digest: string, message: RegExp): unknown {
  return expect.objectContaining({
    digest,
    warnings: [expect.objectContaining({ message: expect.stringMatching(message) })],
  })
}

/** Stores a manifest whose config is `text`, with no layers. */
async function pushCache(
  host: string,
  tag: string,
  records: { readonly mediaType: string; readonly text: string },
): Promise<void> {
  const digest = `sha256:${createHash('sha256').update(records.text).digest('hex')}`
  const started = await fetch(`http://${host}/v2/app/blobs/uploads/`, { method: 'POST' })
  const upload = new URL(started.headers.get('location') ?? '')
  upload.searchParams.set('digest', digest)
  await fetch(upload, { method: 'PUT', body: records.text })
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const config = { mediaType: records.mediaType, digest, size: Buffer.byteLength(records.text) }
  const put = await fetch(`http://${host}/v2/app/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'content-type': mediaType },
    body: JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }),
  })
  expect(put.status).toBe(201)
}

describe.skipIf(registryMissing !== undefined)(
  titled('a cache that misbehaves: the right image, one warning', registryMissing),
  () => {
    const cases: readonly { what: string; where: RegExp; fault: Fault; warning: RegExp }[] = [
      {
        what: 'asks to wait for a minute',
        where: /manifests/,
        fault: { kind: 'answer', status: 429, headers: { 'retry-after': '60' } },
        warning: /429 Too Many Requests/,
      },
      { what: 'never answers', where: /manifests/, fault: { kind: 'hang' }, warning: /no answer within 10 s/ },
      {
        what: 'breaks off in its records',
        where: /blobs/,
        fault: { kind: 'truncate' },
        warning: /cache .*(broke|closed|ended|terminated|size)/,
      },
      { what: 'has other records', where: /blobs/, fault: { kind: 'corrupt' }, warning: /digest/ },
      { what: 'denies access', where: /manifests/, fault: { kind: 'answer', status: 403 }, warning: /403/ },
    ]
    test.concurrent.for(cases)('$what', async ({ where, fault, warning }, { farm: { host, digest, build } }) => {
      await using proxy = await startWatchedProxy(host)
      proxy.fault = (_, path) => (where.test(path) ? fault : undefined)
      expect(await build(from(`${proxy.host}/app:cache`))).toEqual(warned(digest, warning))
    })

    test.concurrent.for<{ what: string; fault: Fault }>([
      { what: 'wrong bytes', fault: { kind: 'corrupt' } },
      { what: 'half of the bytes', fault: { kind: 'truncate' } },
      { what: 'nothing', fault: { kind: 'answer', status: 404 } },
    ])('$what where a record has promised a layer', async ({ fault }, { farm: { host, layers, digest, build } }) => {
      await using proxy = await startWatchedProxy(host)
      proxy.fault = (_, path) => (layers.some((layer) => path.endsWith(layer.digest)) ? fault : undefined)
      const good = await build(from(`${host}/app:cache`))
      expect(good).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
      const refs = from(`${proxy.host}/app:cache`)
      expect(await build(refs)).toEqual(warned(digest, /building without it/))
      await expect(build({ ...refs, cacheStrict: true })).rejects.toMatchObject({ name: 'CacheError' })
    })

    test.concurrent('100,000 records, records without sense, and caches of others', async ({
      farm: { host, digest, build },
    }) => {
      for (const [index, { mediaType, text, warning }] of hostileRecords().entries()) {
        await pushCache(host, `hostile-${index}`, { mediaType, text })
        expect(await build(from(`${host}/app:hostile-${index}`))).toEqual(warned(digest, warning))
      }
    })

    test.concurrent('a cache that cannot be written is a warning, and an error for those who insist', async ({
      farm: { host, digest, build },
    }) => {
      await using proxy = await startWatchedProxy(host)
      proxy.fault = (method) => (method === 'POST' || method === 'PUT' ? { kind: 'answer', status: 507 } : undefined)
      const cache = { kind: 'registry', ref: `${proxy.host}/app:other` } as const
      expect(await build({ cacheTo: [cache] })).toEqual(warned(digest, /the cache was not written/))
      const failing = build({ cacheTo: [{ ...cache, ignoreError: false }] })
      await expect(failing.catch((error: unknown) => describeFailure(error))).resolves.toMatchObject({
        code: 'CACHE_UNAVAILABLE',
        exitCode: 4,
      })
    })
  },
)

describe('a local cache that is hostile or damaged: the right image, one warning', () => {
  /** A directory with a cache of the build. */
  async function localCache(build: Farm['build'], directory: string): Promise<string> {
    const dest = join(directory, 'cache')
    await build({ cacheTo: [{ kind: 'local', dest, mode: 'max' }] })
    return dest
  }

  test('100,000 records, records without sense, and caches of others', async ({
    farm: { digest, build },
    directory,
  }) => {
    const layout = await OciLayout.create(join(directory, 'cache'))
    for (const records of hostileRecords()) {
      await putRecords(layout, 'latest', records)
      const { digest: made, warnings } = await build({ cacheFrom: [{ kind: 'local', src: layout.directory }] })
      expect({ what: records.what, made, warnings }).toMatchObject({
        what: records.what,
        made: digest,
        warnings: [{ message: expect.stringMatching(records.warning) }],
      })
    }
  })

  test.for<{ what: string; damage(bytes: Buffer): Buffer | undefined }>([
    { what: 'wrong bytes', damage: (bytes) => Buffer.from(bytes.map((byte) => byte ^ 1)) },
    { what: 'half of the bytes', damage: (bytes) => bytes.subarray(0, bytes.length / 2) },
    { what: 'nothing', damage: () => undefined },
  ])('$what in the place of everything', async ({ damage }, { farm: { digest, build }, directory }) => {
    const src = await localCache(build, directory)
    for (const path of await glob(join(src, 'blobs/sha256/*'))) {
      const bytes = damage(await readFile(path))
      await rm(path)
      if (bytes !== undefined) await writeFile(path, bytes)
    }
    const cache = { cacheFrom: [{ kind: 'local', src }] } as const
    expect(await build(cache)).toEqual(warned(digest, /building without it/))
    await expect(build({ ...cache, cacheStrict: true })).rejects.toMatchObject({ name: 'CacheError' })
  })

  test('an index that is no JSON, and links to other files', async ({ farm: { digest, build }, directory }) => {
    const src = await localCache(build, directory)
    const cache = { cacheFrom: [{ kind: 'local', src }] } as const
    const index = await readFile(join(src, 'index.json'))
    await writeFile(join(src, 'index.json'), '{')
    expect(await build(cache)).toEqual(warned(digest, /building without it/))
    await writeFile(join(src, 'index.json'), index)
    for (const path of await glob(join(src, 'blobs/sha256/*'))) {
      await rm(path)
      await symlink('/dev/zero', path)
    }
    expect(await build(cache)).toEqual(warned(digest, /building without it/))
  })
})

async function glob(pattern: string): Promise<readonly string[]> {
  return Array.fromAsync(globFiles(pattern))
}
