import { setTimeout as sleep } from 'node:timers/promises'
import { registryMissing, startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { describe, expect, type TestAPI } from 'vitest'
import { build, type BuildEvent, type BuildOptions, type BuildResult } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { type BuildTools, test as buildTest } from '../support/test.ts'
import { type Exchange, startWatchedProxy, type WatchedProxy } from '../support/watched-proxy.ts'

/** Longest wait for what another part of the build must do meanwhile, in milliseconds. */
const patience = 30_000

const files = { a: 'the first layer', b: 'the second layer', c: 'the last layer' }
const dockerfile = 'FROM busybox\nCOPY a /\nCOPY b /\nCOPY c /\n'

interface PushTools extends BuildTools {
  readonly registry: TestRegistry
  readonly proxy: WatchedProxy
  /** Builds and pushes `team/app:1`. */
  readonly push: (options: Partial<BuildOptions>) => Promise<BuildResult>
}

const test: TestAPI<PushTools> = buildTest.extend<Pick<PushTools, 'registry' | 'proxy' | 'push'>>({
  registry: async ({}, use) => {
    await using registry = await startRegistry()
    await use(registry)
  },
  proxy: async ({ registry }, use) => {
    await using proxy = await startWatchedProxy(registry.host)
    await use(proxy)
  },
  push: ({ base, directory, proxy }, use) =>
    use((options) =>
      build({
        context: files,
        dockerfile: { text: dockerfile },
        root: `${directory}/store`,
        tags: [`${proxy.host}/team/app:1`],
        push: true,
        ...options,
        contexts: { busybox: `oci-layout://${base}:latest`, ...options.contexts },
      }),
    ),
})

/** Digests of the blobs that arrived, in their order. */
function arrived({ exchanges }: Pick<WatchedProxy, 'exchanges'>): readonly string[] {
  return exchanges.filter(isUpload).map(({ path }) => new URL(path, 'http://registry').searchParams.get('digest') ?? '')
}

function isUpload({ method, path, status }: Exchange): boolean {
  return method === 'PUT' && path.includes('/blobs/uploads/') && status === 201
}

function layersOf({ platforms }: BuildResult): readonly string[] {
  return platforms.flatMap(({ layers }) => layers.map(({ digest }) => digest))
}

async function waitFor(condition: () => boolean): Promise<void> {
  const end = Date.now() + patience
  while (!condition() && Date.now() < end) await sleep(20)
  if (!condition()) throw new Error('what was waited for did not happen')
}

/** A reporter that holds the step with this instruction up before it begins. */
function holding(instruction: string, until: () => Promise<unknown>): (event: BuildEvent) => unknown {
  return (event) => (event.type === 'vertex-started' && event.name.includes(instruction) ? until() : undefined)
}

describe.skipIf(registryMissing !== undefined)(
  titled('layers are uploaded while the build runs', registryMissing),
  () => {
    test('all but the last arrive before its step begins, and each is sent once', async ({ push, proxy }) => {
      const names: string[] = []
      const held = holding('COPY c', () => waitFor(() => arrived(proxy).length === 3))
      const result = await push({
        tags: [`${proxy.host}/team/app:1`, `${proxy.host}/team/app:2`],
        report: (event) => {
          if (event.type === 'vertex-started') names.push(event.name)
          return held(event)
        },
      })
      expect(layersOf(result)).toHaveLength(4)
      expect(new Set(arrived(proxy).slice(0, 3))).toEqual(new Set(layersOf(result).slice(0, 3)))
      expect(new Set(arrived(proxy))).toEqual(new Set([...layersOf(result), result.configDigest]))
      expect(arrived(proxy)).toHaveLength(5)
      const checks = proxy.exchanges.filter(({ method, path }) => method === 'HEAD' && path.includes('/blobs/'))
      expect(new Set(checks.map(({ path }) => path)).size).toBe(checks.length)
      expect(names).toContain(`uploading layers to ${proxy.host}/team/app`)
      const tags = proxy.exchanges.filter(({ method, path }) => method === 'PUT' && /manifests\/[12]$/.test(path))
      expect(tags.map(({ path }) => path.slice(-1)).sort()).toEqual(['1', '2'])
    })

    test('of all platforms, in the compression of the output', async ({ push, proxy }) => {
      const result = await push({
        dockerfile: { text: 'FROM scratch\nARG TARGETARCH\nCOPY a /$TARGETARCH\nCOPY b /\nCOPY c /\n' },
        platforms: ['linux/amd64', 'linux/arm64'],
        outputs: [{ kind: 'image', compression: { type: 'zstd' } }],
        // Two of each platform; those of `COPY b` are equal.
        report: holding('COPY c', () => waitFor(() => arrived(proxy).length >= 2)),
      })
      const layers = new Set(layersOf(result))
      const documents = arrived(proxy).filter((digest) => !layers.has(digest))
      expect(documents).toHaveLength(2)
      expect(arrived(proxy)).toHaveLength(layers.size + 2)
      expect(result.platforms[0]?.layers[0]?.mediaType).toContain('zstd')
    })

    test('of the image only: not those of other stages', async ({ push, proxy }) => {
      const result = await push({
        dockerfile: {
          text: 'FROM busybox AS made\nCOPY b /\nFROM scratch\nCOPY a /\nCOPY --from=made /b /made\nCOPY c /\n',
        },
        report: holding('COPY c', () => waitFor(() => arrived(proxy).length === 2)),
      })
      expect(new Set(arrived(proxy))).toEqual(new Set([...layersOf(result), result.configDigest]))
    })

    test('a layer with a secret never leaves, those before it may', async ({ push, proxy, registry }) => {
      const failing = push({
        context: { ...files, b: 'a secret of the build' },
        secrets: { token: { value: 'a secret of the build' } },
        report: holding('COPY c', () => waitFor(() => arrived(proxy).length === 2)),
      })
      await expect(failing).rejects.toMatchObject({ code: 'SECRET_IN_LAYER' })
      expect(arrived(proxy)).toHaveLength(2)
      const uploads = proxy.exchanges.filter(({ path }) => path.includes('/blobs/uploads/'))
      expect(uploads.filter(({ method }) => method === 'POST')).toHaveLength(2)
      expect(await registry.log()).not.toMatch(/PUT [^ ]*\/manifests\//)
    })

    test('a failed step ends an upload that hangs, and there is no tag', async ({ push, proxy }) => {
      let hanging = 0
      proxy.fault = (method, path) => {
        if (method !== 'PUT' || !path.includes('/blobs/uploads/')) return undefined
        hanging++
        return { kind: 'hang' }
      }
      const ended: BuildEvent[] = []
      const failing = push({
        dockerfile: { text: 'FROM busybox\nCOPY a /\nCOPY --from=busybox /nowhere /\n' },
        report: (event) => {
          if (event.type === 'vertex-finished' && event.vertex.startsWith('output-layers')) ended.push(event)
          return holding('COPY --from', () => waitFor(() => hanging === 2))(event)
        },
      })
      await expect(failing).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
      expect(ended).toEqual([expect.objectContaining({ canceled: true })])
      expect(proxy.exchanges.filter(({ method, path }) => method === 'PUT' && path.includes('/manifests/'))).toEqual([])
    })

    test('an abort ends it as well', async ({ push, proxy }) => {
      const controller = new AbortController()
      proxy.fault = (method) => (method === 'PUT' ? { kind: 'hang' } : undefined)
      const failing = push({
        signal: controller.signal,
        report: holding('COPY c', async () => controller.abort()),
      })
      await expect(failing).rejects.toMatchObject({ code: 'ABORTED' })
    })

    test('one that fails is done by the push', async ({ push, proxy }) => {
      let refused = 0
      proxy.fault = (method) => {
        if (method !== 'POST' || refused > 0) return undefined
        refused++
        return { kind: 'answer', status: 403 }
      }
      const logs: string[] = []
      const result = await push({
        report: (event) => {
          if (event.type === 'log') logs.push(Buffer.from(event.data).toString())
          return holding('COPY c', () => waitFor(() => logs.length > 0))(event)
        },
      })
      expect(logs).toEqual([expect.stringMatching(/^stopped, the rest follows with the image: .*403 Forbidden\n$/)])
      expect(new Set(arrived(proxy))).toEqual(new Set([...layersOf(result), result.configDigest]))
      expect(arrived(proxy)).toHaveLength(5)
    })

    test('a registry that refuses them is one error', async ({ push, proxy }) => {
      proxy.fault = (method) => (method === 'POST' ? { kind: 'answer', status: 403 } : undefined)
      const failed: BuildEvent[] = []
      const failing = push({
        report: (event) => {
          if (event.type === 'vertex-finished' && event.error !== undefined) failed.push(event)
        },
      })
      await expect(failing).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
      expect(failed).toEqual([expect.objectContaining({ vertex: 'output-1' })])
    })

    test('a base in the registry moves no byte, and a cached build asks once', async ({ push, proxy, directory }) => {
      await push({ tags: [`${proxy.host}/team/base:1`], dockerfile: { text: 'FROM busybox\nCOPY a /\n' } })
      const dockerfile = { text: `FROM ${proxy.host}/team/base:1\nCOPY --link b /\n` }
      const root = `${directory}/other`
      proxy.exchanges.splice(0)
      const first = await push({ dockerfile, root })
      expect(layersOf(first)).toHaveLength(3)
      const own = layersOf(first).at(-1)
      const moved = proxy.exchanges.filter(({ path }) => path.includes('/blobs/sha256:') && !path.includes('uploads'))
      // Of the base its config is read.
      expect(moved.filter(({ method, received }) => method === 'GET' && received > 0)).toHaveLength(1)
      expect(new Set(arrived(proxy))).toEqual(new Set([own, first.configDigest]))
      proxy.exchanges.splice(0)
      const second = await push({ dockerfile, root, tags: [`${proxy.host}/team/app:2`] })
      expect(second.digest).toBe(first.digest)
      const layers = proxy.exchanges.filter(({ path }) => path.includes('/blobs/'))
      expect(layers.reduce((sum, { sent, received }) => sum + sent + received, 0)).toBe(0)
      expect(layers).toEqual([])
    })
  },
)
