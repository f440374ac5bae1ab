import { startGha } from '@tsbuild/bucket/testing'
import { expect } from 'vitest'
import type { GhaPlace } from '../../src/cache/options/bucket-options.ts'
import { testBucketCache } from '../support/bucket-cache.case.ts'

/** A token that the service takes: its scopes are in it. */
const token = (...scopes: readonly string[]): string => {
  const list = scopes.map((Scope, index) => ({ Scope, Permission: index === 0 ? 3 : 1 }))
  return `e30.${Buffer.from(JSON.stringify({ ac: JSON.stringify(list) })).toString('base64url')}.none`
}
const main = 'refs/heads/main'

const place = (host: string, scope?: string): GhaPlace => ({
  kind: 'gha',
  url: `http://${host}`,
  token: token(main),
  ...(scope !== undefined && { scope }),
})

const test = testBucketCache({
  start: startGha,
  source: place,
  target: (host, options) => ({ ...place(host), ...options }),
  isManifest: (_, path) => path.includes('/GetCacheEntryDownloadURL'),
  isBlob: (method, path) => method === 'GET' && path.startsWith('/store/'),
  documents: 2,
})

test('the variables of a runner are enough; a pull request reads main and writes its own scope', async ({ farm }) => {
  const { server, digest, build } = farm
  const pull = 'refs/pull/7/merge'
  const env = {
    ACTIONS_RESULTS_URL: `http://${server.host}/`,
    ACTIONS_RUNTIME_TOKEN: server.token(pull, main),
    ACTIONS_CACHE_SERVICE_V2: 'True',
  }
  const cache = { kind: 'gha' } as const
  const result = await build({ cacheFrom: [cache], cacheTo: [{ ...cache, mode: 'max' }], env })
  expect(result).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
  // Its layers are those of main, so only the new manifest is in its scope.
  const written = server.entries.filter(({ scope }) => scope === pull)
  expect(written.map(({ key }) => key)).toEqual([expect.stringMatching(/^tsbuild-index-1-tsbuild-/)])
})

test('outside of a job, the warning says what is missing', async ({ farm: { digest, build } }) => {
  const { digest: built, warnings } = await build({ cacheFrom: [{ kind: 'gha' }] })
  expect(built).toBe(digest)
  expect(warnings).toMatchObject([{ message: expect.stringContaining('no ACTIONS_RUNTIME_TOKEN') }])
})

test('an export that takes too long is a warning', async ({ farm: { server, digest, build } }) => {
  const cacheTo = [{ ...place(server.host, 'slow'), timeout: 1, mode: 'max' }] as const
  server.delay = 1500
  const { digest: built, warnings } = await build({ cacheTo }).finally(() => (server.delay = 0))
  expect(built).toBe(digest)
  expect(warnings).toMatchObject([{ message: expect.stringContaining('it took more than 1 s') }])
})
