import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { azureTestAccount, s3TestKeys, startAzure, startS3, type S3Server } from '@tsbuild/bucket/testing'
import { expect } from 'vitest'
import type { SharedCacheTarget } from '../../src/cache/options/cache-options.ts'
import { build, type BuildOptions, type BuildResult } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { startWatchedProxy } from '../support/watched-proxy.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

/** Machines that build one Dockerfile, each with a store of its own. */
class Machines {
  readonly #base: string
  readonly #directory: string

  constructor(base: string, directory: string) {
    this.#base = base
    this.#directory = directory
  }

  /** Steps show in `outside` that they ran, which is not in their keys; `slow` ends with `go`. */
  async prepare(): Promise<void> {
    const slow =
      'RUN echo begun; echo slow >> /outside/ran; until [ -e /outside/go ]; do sleep 0.05; done; date > /slow'
    const dockerfile = `FROM base AS one\nCOPY f /f\n${slow}\nFROM base\nCOPY --from=one /slow /slow\nRUN echo last >> /outside/ran\n`
    await writeTree(join(this.#directory, 'context'), { Dockerfile: dockerfile, f: 'f' })
    await mkdir(join(this.#directory, 'outside'))
    await this.forget()
  }

  async forget(): Promise<void> {
    await writeFile(join(this.#directory, 'outside/ran'), '', { mode: 0o666 })
  }

  async go(): Promise<void> {
    await writeFile(join(this.#directory, 'outside/go'), '')
  }

  async ran(): Promise<readonly string[]> {
    return (await readFile(join(this.#directory, 'outside/ran'), 'utf8')).split('\n').filter(Boolean)
  }

  build(machine: string, target: SharedCacheTarget, options: Partial<BuildOptions> = {}): Promise<BuildResult> {
    return build({
      context: join(this.#directory, 'context'),
      root: join(this.#directory, machine),
      contexts: { base: `oci-layout://${this.#base}:latest` },
      volumes: [{ source: join(this.#directory, 'outside'), target: '/outside' }],
      outputs: [{ kind: 'oci', dest: join(this.#directory, `${machine}.tar`), tar: true, names: [] }],
      args: { SOURCE_DATE_EPOCH: '1' },
      env: {},
      cacheTo: [target],
      ...options,
    })
  }
}

function s3(host: string): SharedCacheTarget {
  const place = { kind: 's3', bucket: 'cache', endpointUrl: `http://${host}`, prefix: 'p/', ...s3TestKeys } as const
  return { ...place, mode: 'max', singleFlight: true }
}

/** Two machines, the second of which waits for the first; resolves with both results. */
async function together(machines: Machines, target: SharedCacheTarget): Promise<readonly BuildResult[]> {
  const begun = Promise.withResolvers<void>()
  const waits = Promise.withResolvers<void>()
  const first = machines.build('first', target, {
    report: ({ type }) => (type === 'log' ? begun.resolve() : undefined),
  })
  await Promise.race([begun.promise, first])
  const second = machines.build('second', target, {
    report: ({ type }) => (type === 'vertex-waiting' ? waits.resolve() : undefined),
  })
  await Promise.race([waits.promise, second])
  await machines.go()
  return Promise.all([first, second])
}

const places: readonly {
  what: string
  open(directory: string): Promise<{ target: SharedCacheTarget; server?: AsyncDisposable }>
}[] = [
  {
    what: 's3',
    open: async () => {
      const server = await startS3()
      return { target: s3(server.host), server }
    },
  },
  {
    what: 'azblob',
    open: async () => {
      const server = await startAzure()
      const { name, key } = azureTestAccount
      const account = { accountUrl: `http://${server.host}/${name}`, accountName: name, secretAccessKey: key }
      return { target: { kind: 'azblob', ...account, mode: 'max', singleFlight: true }, server }
    },
  },
  {
    what: 'local',
    open: async (directory) => ({
      target: { kind: 'local', dest: join(directory, 'cache'), mode: 'max', singleFlight: true },
    }),
  },
]

test.skipIf(obstacle !== undefined).for(places)(
  titled('$what: a step that another machine does is waited for, and done once', obstacle),
  async ({ open }, { base, directory }) => {
    const { target, server } = await open(directory)
    await using _ = server ?? { [Symbol.asyncDispose]: async () => {} }
    const machines = new Machines(base, directory)
    await machines.prepare()
    const [first, second] = await together(machines, target)
    expect(first).toMatchObject({ warnings: [] })
    expect(second).toMatchObject({ warnings: [], digest: first?.digest })
    expect([...(await machines.ran())].sort()).toEqual(['last', 'slow'])
    // Without --cache-from: each result has a document of its own.
    expect(await machines.build('third', target)).toMatchObject({ steps: { run: 0 }, digest: first?.digest })
    expect(await machines.ran()).toHaveLength(2)
  },
)

/** The results of one machine, in a bucket. */
async function withResults(
  { base, directory }: { base: string; directory: string },
  options: Partial<BuildOptions> = {},
): Promise<{ machines: Machines; server: S3Server; first: BuildResult }> {
  const server = await startS3()
  const machines = new Machines(base, directory)
  await machines.prepare()
  await machines.go()
  const first = await machines.build('first', s3(server.host), options)
  await machines.forget()
  return { machines, server, first }
}

test.skipIf(obstacle !== undefined)(
  titled('a result whose layer is gone is made again, and stored again', obstacle),
  async ({ base, directory }) => {
    const { machines, server } = await withResults({ base, directory })
    await using _ = server
    for (const key of server.objects.keys()) if (key.includes('/blobs/')) server.objects.delete(key)
    expect(await machines.build('second', s3(server.host))).toMatchObject({ steps: { cached: 0 }, warnings: [] })
    expect(await machines.build('third', s3(server.host))).toMatchObject({ steps: { run: 0 }, warnings: [] })
  },
)

test.skipIf(obstacle !== undefined)(
  titled('a result that is not signed with the key of the cache is made again', obstacle),
  async ({ base, directory }) => {
    const { machines, server } = await withResults({ base, directory })
    await using _ = server
    const signed = { cacheKey: { env: 'KEY' }, env: { KEY: 'a long random text' } }
    expect(await machines.build('second', s3(server.host), signed)).toMatchObject({
      steps: { cached: 0 },
      warnings: [],
    })
    expect(await machines.build('third', s3(server.host), signed)).toMatchObject({ steps: { run: 0 }, warnings: [] })
  },
)

test.skipIf(obstacle !== undefined)(
  titled('documents of any content, and results of other steps, are no results', obstacle),
  async ({ base, directory }) => {
    const { machines, server, first } = await withResults({ base, directory })
    await using _ = server
    const steps = [...server.objects].filter(([key]) => key.includes('.steps/'))
    const texts = ['', 'done\n', 'done\n{}', 'running x y\n', `done\n${'['.repeat(10_000)}`]
    for (const [index, [key]] of steps.entries()) {
      const other = steps[(index + 1) % steps.length]?.[1].bytes ?? Buffer.from('')
      const bytes = index === 0 ? other : Buffer.from(texts[index % texts.length] ?? '')
      server.objects.set(key, { bytes, modified: new Date() })
    }
    const again = await machines.build('second', s3(server.host))
    expect(again).toMatchObject({ steps: first.steps, warnings: [] })
  },
)

test.skipIf(obstacle !== undefined).for([
  { what: 'denies the claims', fault: { kind: 'answer', status: 403 }, warning: /403/ },
  { what: 'does not answer', fault: { kind: 'hang' }, warning: /no answer within 10 s/ },
] as const)(
  titled('a server that $what: the right image, one warning', obstacle),
  async ({ fault, warning }, { base, directory }) => {
    await using server = await startS3()
    await using proxy = await startWatchedProxy(server.host)
    const machines = new Machines(base, directory)
    await machines.prepare()
    await machines.go()
    proxy.fault = (_, path) => (path.includes('.steps/') ? fault : undefined)
    const { warnings, steps } = await machines.build('first', s3(proxy.host))
    expect(warnings).toEqual([
      expect.objectContaining({ code: 'CacheNotShared', message: expect.stringMatching(warning) }),
    ])
    expect(steps).toMatchObject({ cached: 0 })
    if (fault.kind === 'hang') return
    await rm(join(directory, 'first'), { recursive: true })
    const strict = machines.build('first', s3(proxy.host), { cacheStrict: true })
    await expect(strict).rejects.toMatchObject({ code: 'CACHE_UNAVAILABLE' })
  },
)
