import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { type Fault, type ReapiTestServer, startReapiServer } from '@tsbuild/reapi/testing'
import { describe, expect } from 'vitest'
import { build as buildImage } from '../../src/build.ts'
import type { BuildOptions } from '../../src/options.ts'
import type { BuildResult } from '../../src/build-result.ts'
import { plan } from '../../src/plan.ts'
import { hostileRecords } from '../support/hostile-records.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as plainTest } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

interface Farm {
  /** A server with the steps of the build, all of them. */
  readonly server: ReapiTestServer
  readonly options: BuildOptions
  /** Digest of the image. */
  readonly digest: string
  /** Builds into an archive, in a store of its own. */
  readonly build: (options: Partial<BuildOptions>) => Promise<BuildResult>
}

const test = plainTest.extend<{ readonly farm: Farm }>({
  farm: async ({ base }, use) => {
    await using directory = await temporaryDirectory()
    await using server = await startReapiServer()
    const context = join(directory.path, 'context')
    await writeTree(context, {
      Dockerfile: 'FROM base AS one\nCOPY a /a\nCOPY big /big\nFROM base\nCOPY --from=one /a /b\nCOPY a /c\n',
      a: 'a',
      big: randomBytes(2 * 1024 * 1024).toString('latin1'),
    })
    const options = {
      context,
      contexts: { base: `oci-layout://${base}:latest` },
      args: { SOURCE_DATE_EPOCH: '1' },
    }
    const build: Farm['build'] = (more) => {
      const id = randomBytes(4).toString('hex')
      const outputs = [{ kind: 'oci', dest: join(directory.path, `${id}.tar`), tar: true, names: [] }] as const
      return buildImage({ ...options, outputs, root: join(directory.path, id), ...more })
    }
    const { digest = '' } = await build({ cacheTo: [{ kind: 'reapi', url: server.url, mode: 'max' }] })
    await use({ server, options: { ...options, root: join(directory.path, 'plan') }, digest, build })
  },
})

test('a fresh machine runs no step, and fetches only the layers of the image', async ({ farm }) => {
  const { server, digest, build } = farm
  server.calls.clear()
  const result = await build({ cacheFrom: [{ kind: 'reapi', url: server.url }] })
  expect(result).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
  // The large layer is in no image.
  expect(server.calls.get('Read')).toBeUndefined()
})

test('the records of all steps are read at once; a plan names the cache', async ({ farm }) => {
  const { server, options } = farm
  server.calls.clear()
  const { steps } = await plan({ ...options, cacheFrom: [{ kind: 'reapi', url: server.url }] })
  expect(steps.map(({ state, cache }) => [state, cache])).toContainEqual(['hit', server.url])
  expect(server.calls.get('GetActionResult')).toBeLessThanOrEqual(4)
})

test('results of several branches stand beside each other', async ({ farm }) => {
  const { server, digest, build } = farm
  const other = { args: { SOURCE_DATE_EPOCH: '2' } }
  const cache = { kind: 'reapi', url: server.url } as const
  const first = await build({ ...other, cacheTo: [{ ...cache, mode: 'max' }] })
  for (const [options, wanted] of [
    [{}, digest],
    [other, first.digest],
  ] as const)
    expect(await build({ ...options, cacheFrom: [cache] })).toMatchObject({ digest: wanted, steps: { run: 0 } })
})

test('a cache with a key refuses records without its signature, and keeps its own', async ({ farm }) => {
  const { server, digest, build } = farm
  const cache = { kind: 'reapi', url: server.url } as const
  const cacheKey = { value: 'a key' }
  const missed = await build({ cacheKey, cacheFrom: [cache], cacheTo: [{ ...cache, mode: 'max' }] })
  expect(missed).toMatchObject({ digest, warnings: [] })
  expect(missed.steps.run).toBeGreaterThan(0)
  expect(await build({ cacheKey, cacheFrom: [cache] })).toMatchObject({ digest, steps: { run: 0 } })
  expect(await build({ cacheFrom: [cache] })).toMatchObject({ digest, steps: { run: 0 } })
})

describe('a server that misbehaves: the right image, one warning', () => {
  const status = (code: Code): Fault => ({ kind: 'status', code })
  const cases: readonly { what: string; method: string; fault: Fault; warning: RegExp }[] = [
    { what: 'denies access', method: 'GetActionResult', fault: status(Code.PermissionDenied), warning: /PERMISSION/ },
    { what: 'is overloaded', method: 'GetActionResult', fault: status(Code.ResourceExhausted), warning: /EXHAUSTED/ },
    {
      what: 'asks to wait for a minute',
      method: 'GetActionResult',
      fault: { kind: 'status', code: Code.Unavailable, retryAfter: 60 },
      warning: /UNAVAILABLE/,
    },
    { what: 'never answers', method: 'GetActionResult', fault: { kind: 'hang' }, warning: /no answer within 10 s/ },
    { what: 'has lost its content', method: 'BatchReadBlobs', fault: status(Code.NotFound), warning: /NOT_FOUND/ },
    { what: 'has other layers', method: 'BatchReadBlobs', fault: { kind: 'corrupt' }, warning: /digest/ },
  ]
  test.for(cases)('$what', async ({ method, fault, warning }, { farm: { server, digest, build } }) => {
    server.fault = (name) => (name === method ? fault : undefined)
    expect(await build({ cacheFrom: [{ kind: 'reapi', url: server.url }] })).toMatchObject({
      digest,
      warnings: [{ code: 'CacheNotRead', message: expect.stringMatching(warning) }],
    })
  })

  test.concurrent.for<{ what: string; method: string; fault: Fault }>([
    { what: 'is full', method: 'UpdateActionResult', fault: status(Code.ResourceExhausted) },
    {
      what: 'asks to wait for a minute',
      method: 'BatchUpdateBlobs',
      fault: { kind: 'status', code: Code.ResourceExhausted, retryAfter: 60 },
    },
    { what: 'takes no content', method: 'BatchUpdateBlobs', fault: status(Code.PermissionDenied) },
    { what: 'never answers to a question', method: 'FindMissingBlobs', fault: { kind: 'hang' } },
    { what: 'never answers to a result', method: 'UpdateActionResult', fault: { kind: 'hang' } },
    { what: 'never ends an upload', method: 'Write', fault: { kind: 'hang' } },
  ])('cannot be written, because it $what', async ({ method, fault }, { farm: { digest, build } }) => {
    await using other = await startReapiServer()
    other.fault = (name) => (name === method ? fault : undefined)
    const result = await build({
      cacheTo: [{ kind: 'reapi', url: other.url, mode: 'max', compression: { type: 'none' } }],
    })
    expect(result).toMatchObject({ digest, warnings: [{ code: 'CacheNotWritten' }] })
  })

  test('cannot be reached, in both directions', async ({ farm: { digest, build } }) => {
    const cache = { kind: 'reapi', url: 'grpc://127.0.0.1:9' } as const
    expect(await build({ cacheFrom: [cache], cacheTo: [cache] })).toMatchObject({
      digest,
      warnings: [{ code: 'CacheNotRead' }, { code: 'CacheNotWritten' }],
    })
  })

  test('gives the result of another step', async ({ farm: { server, digest, build } }) => {
    const results = [...server.results]
    results.forEach(([key], index) => {
      const [, other] = results[(index + 2) % results.length] ?? []
      if (other !== undefined) server.results.set(key, other)
    })
    expect(await build({ cacheFrom: [{ kind: 'reapi', url: server.url }] })).toMatchObject({
      digest,
      warnings: [{ message: expect.stringMatching(/another step/) }],
    })
  })

  test('breaks off its layers', async ({ farm: { server, digest, build } }) => {
    server.fault = (method) =>
      method === 'BatchReadBlobs'
        ? { kind: 'status', code: Code.Unimplemented }
        : method === 'Read'
          ? { kind: 'break', after: 10 }
          : undefined
    expect(await build({ cacheFrom: [{ kind: 'reapi', url: server.url }] })).toMatchObject({
      digest,
      warnings: [{ code: 'CacheNotRead' }],
    })
  })

  test.for(hostileRecords())('answers every step with $what', async ({ text }, { farm: { server, digest, build } }) => {
    server.replaceOutputs(Buffer.from(text))
    expect(await build({ cacheFrom: [{ kind: 'reapi', url: server.url }] })).toMatchObject({
      digest,
      warnings: [{ code: 'CacheNotRead' }],
    })
  })

  test('fails a build that insists', async ({ farm: { server, build } }) => {
    server.fault = () => status(Code.Unauthenticated)
    await expect(build({ cacheStrict: true, cacheFrom: [{ kind: 'reapi', url: server.url }] })).rejects.toMatchObject({
      code: 'CACHE_UNAVAILABLE',
    })
  })
})

test('a server without TLS is no grpcs server', async ({ farm: { server, digest, build } }) => {
  const url = server.url.replace('grpc:', 'grpcs:')
  const { warnings, digest: made } = await build({ cacheFrom: [{ kind: 'reapi', url }] })
  expect(made).toBe(digest)
  expect(warnings).toMatchObject([{ code: 'CacheNotRead' }])
})
