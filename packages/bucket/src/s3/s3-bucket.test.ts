import { randomBytes } from 'node:crypto'
import { type ContentTarget, copyGraph, MemoryContent, oneChunk, readAll } from '@tsbuild/content'
import { describeBytes, streamOf, testContentTarget, testSingleFlight } from '@tsbuild/content/testing'
import { createHttpClient, type HttpClient } from '@tsbuild/registry'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { BucketContent } from '../store/bucket-content.ts'
import { BucketFlights } from '../store/bucket-flights.ts'
import type { VersionedDocuments } from '../store/versioned-documents.ts'
import { s3TestKeys, type S3Server, startS3 } from '../testing/s3-server.ts'
import { openS3 } from './s3-bucket.ts'
import type { S3Options } from './s3-options.ts'

let server: S3Server
let http: HttpClient

beforeAll(async () => {
  server = await startS3()
  http = createHttpClient({ retry: { attempts: 2 } })
})
afterAll(async () => {
  await http.close()
  await server[Symbol.asyncDispose]()
})

let places = 0

function open(options: Partial<S3Options> = {}): BucketContent {
  const endpoint = `http://${server.host}`
  const place = { bucket: 'cache', endpoint, prefix: `${places++}/`, keys: s3TestKeys, env: {}, http }
  return new BucketContent(openS3({ ...place, ...options }), http)
}

testContentTarget('S3', async (): Promise<ContentTarget> => open())

/** Documents of a bucket. */
function documents(): VersionedDocuments {
  const given = openS3({
    bucket: 'cache',
    endpoint: `http://${server.host}`,
    keys: s3TestKeys,
    env: {},
    http,
  }).documents
  if (given === undefined) throw new Error('no documents')
  return given
}

testSingleFlight('S3', async () => () => new BucketFlights(documents()))

test('a large blob goes up in parts, and a wrong one leaves no part', async () => {
  const content = randomBytes(20_000_000)
  const blob = describeBytes(content)
  const target = open({ prefix: 'large/' })
  await expect(target.put(blob, streamOf(content.subarray(1)))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' })
  expect(server.uploads.size).toBe(0)
  expect(await target.has(blob)).toBe(false)
  server.requests.splice(0)
  await target.put(blob, streamOf(content.subarray(0, 7), content.subarray(7)))
  expect(server.requests.filter((request) => request.includes('partNumber='))).toHaveLength(3)
  expect(Buffer.from(await readAll(await target.open(blob), content.length)).equals(content)).toBe(true)
})

test('a manifest is stored under its name', async () => {
  const from = new MemoryContent()
  const config = describeBytes(Buffer.from('{}'), 'application/vnd.example+json')
  await from.put(config, oneChunk(Buffer.from('{}')))
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers: [] }))
  const root = describeBytes(bytes, mediaType)
  await from.put(root, oneChunk(bytes))
  const prefix = 'a b/ü/'
  const target = open({ prefix })
  expect(await target.list('main')).toEqual([])
  await copyGraph(root, { from, to: target })
  await target.tag(root, 'main')
  const [found] = await open({ prefix }).list('main')
  expect(found).toEqual(root)
  expect([...server.objects.keys()].filter((key) => key.includes(prefix))).toEqual([
    `cache/${prefix}blobs/${config.digest}`,
    `cache/${prefix}manifests/main`,
  ])
})

test('an old blob is renewed when it is found', async () => {
  const content = Buffer.from('old')
  const blob = describeBytes(content)
  const target = open({ prefix: 'old/', renewAfter: 1000 })
  await target.put(blob, streamOf(content))
  const key = `cache/old/blobs/${blob.digest}`
  server.objects.set(key, { bytes: content, modified: new Date(0) })
  expect(await target.has(blob)).toBe(true)
  expect(server.objects.get(key)).toMatchObject({ modified: expect.toSatisfy((date) => date.getTime() > 1000) })
})

test.for([
  { what: 'wrong key', options: { keys: { ...s3TestKeys, secretAccessKey: 'hidden' } }, reason: /403 .*SignatureDoes/ },
  { what: 'missing bucket', options: { bucket: 'nope' }, reason: /404 .*NoSuchBucket/ },
])('$what: an error without secrets', async ({ options, reason }) => {
  const error: unknown = await open(options)
    .list('main')
    .catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'BUCKET_FAILED', message: expect.stringMatching(reason) })
  expect(JSON.stringify(error)).not.toContain('hidden')
})

test('names of buckets become hosts, unless the endpoint is an address', async () => {
  const urls: string[] = []
  const recording = createHttpClient({
    fetch: async ({ url, headers }) => {
      urls.push(url.href)
      return { status: 404, url, headers: new Headers(headers), body: oneChunk(Buffer.from('<Code>NoSuchKey</Code>')) }
    },
  })
  onTestFinished(() => recording.close())
  const env = { AWS_REGION: 'cn-north-1' }
  const base = { keys: s3TestKeys, http: recording, env }
  await openS3({ ...base, bucket: 'b' }).readManifests('m')
  await openS3({ ...base, bucket: 'b', region: 'eu-west-1' }).readManifests('m')
  await openS3({ ...base, bucket: 'b.c', endpoint: 'https://s3.example/base/' }).readManifests('m')
  await openS3({ ...base, bucket: 'b', env: { AWS_ENDPOINT_URL: 'http://[::1]:9000' } }).readManifests('m')
  expect(urls).toEqual([
    'https://b.s3.cn-north-1.amazonaws.com.cn/manifests/m',
    'https://b.s3.eu-west-1.amazonaws.com/manifests/m',
    'https://s3.example/base/b.c/manifests/m',
    'http://[::1]:9000/b/manifests/m',
  ])
})
