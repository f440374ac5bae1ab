import { azureTestAccount, startAzure } from '@tsbuild/bucket/testing'
import { expect } from 'vitest'
import type { AzurePlace } from '../../src/cache/options/bucket-options.ts'
import { testBucketCache } from '../support/bucket-cache.case.ts'

const { name: accountName, key, signature } = azureTestAccount

const place = (host: string): AzurePlace => ({
  kind: 'azblob',
  accountUrl: `http://${host}/${accountName}`,
  accountName,
  secretAccessKey: key,
})

const test = testBucketCache({
  start: startAzure,
  source: (host, name) => ({ ...place(host), ...(name !== undefined && { name }) }),
  target: (host, options) => ({ ...place(host), ...options }),
  isManifest: (_, path) => path.includes('/manifests/'),
  isBlob: (method, path) => method === 'GET' && path.includes('/blobs/'),
})

test('a shared access signature of the environment is in no message', async ({ farm: { server, digest, build } }) => {
  const url = `http://${server.host}/${accountName}`
  const good = { BUILDKIT_AZURE_STORAGE_ACCOUNT_URL: `${url}?${signature}` }
  const result = await build({ cacheFrom: [{ kind: 'azblob' }], env: good })
  expect(result).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
  const wrong = await build({ cacheFrom: [{ kind: 'azblob', accountUrl: `${url}?sv=1&sig=hidden` }] })
  expect(wrong.warnings).toMatchObject([{ message: expect.stringContaining('403 Forbidden: AuthenticationFailed') }])
  expect(JSON.stringify(wrong)).not.toContain('hidden')
})
