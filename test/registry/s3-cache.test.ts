import { s3TestKeys, startS3 } from '@tsbuild/bucket/testing'
import { expect } from 'vitest'
import type { S3Place } from '../../src/cache/options/bucket-options.ts'
import { testBucketCache } from '../support/bucket-cache.case.ts'

const place = (host: string): S3Place => ({
  kind: 's3',
  bucket: 'cache',
  endpointUrl: `http://${host}`,
  prefix: 'p/',
  ...s3TestKeys,
})

const test = testBucketCache({
  start: startS3,
  source: (host, name) => ({ ...place(host), ...(name !== undefined && { name }) }),
  target: (host, options) => ({ ...place(host), ...options }),
  isManifest: (_, path) => path.includes('/manifests/'),
  isBlob: (method, path) => method === 'GET' && path.includes('/blobs/'),
})

test('a cache has several names, and its credentials come from the environment', async ({ farm }) => {
  const { server, digest, build } = farm
  const { accessKeyId, secretAccessKey, ...anonymous } = place(server.host)
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  await build({ cacheTo: [{ ...anonymous, names: ['main', 'pull-1'], mode: 'max' }], env })
  for (const name of ['main', 'pull-1']) {
    const result = await build({ cacheFrom: [{ ...anonymous, name }], env })
    expect(result).toMatchObject({ digest, steps: { run: 0 }, warnings: [] })
  }
})

test('without credentials the warning says where they may be', async ({ farm: { server, digest, build } }) => {
  const { accessKeyId: _, secretAccessKey: __, ...anonymous } = place(server.host)
  const env = { AWS_EC2_METADATA_DISABLED: 'true', HOME: '/nonexistent' }
  const { digest: built, warnings } = await build({ cacheFrom: [anonymous], env })
  expect(built).toBe(digest)
  expect(warnings).toMatchObject([{ message: expect.stringContaining('no AWS credentials') }])
})
