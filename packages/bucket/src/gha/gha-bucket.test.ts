import { randomBytes } from 'node:crypto'
import { oneChunk, readAll } from '@tsbuild/content'
import { describeBytes, streamOf, testContentTarget } from '@tsbuild/content/testing'
import { createHttpClient, type HttpClient } from '@tsbuild/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BucketContent } from '../store/bucket-content.ts'
import { type GhaServer, startGha } from '../testing/gha-server.ts'
import { openGha } from './gha-bucket.ts'
import type { GhaOptions } from './gha-options.ts'

let server: GhaServer
let http: HttpClient

beforeAll(async () => {
  server = await startGha()
  http = createHttpClient({ retry: { attempts: 1 } })
})
afterAll(async () => {
  await http.close()
  await server[Symbol.asyncDispose]()
})

let scopes = 0

function open(scope: readonly string[] = [`refs/heads/${scopes++}`], options: Partial<GhaOptions> = {}): BucketContent {
  const env = {
    ACTIONS_RESULTS_URL: `http://${server.host}/`,
    ACTIONS_RUNTIME_TOKEN: server.token(...scope),
    ACTIONS_CACHE_SERVICE_V2: 'True',
    GITHUB_API_URL: `http://${server.host}`,
    GITHUB_REPOSITORY: 'o/r',
  }
  return new BucketContent(openGha({ env, http, ...options }), http)
}

testContentTarget('GitHub Actions', async () => open())

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** Writes a manifest with this annotation under a name. */
async function write(target: BucketContent, name: string, text: string): Promise<string> {
  const config = describeBytes(Buffer.from(text), 'application/vnd.example+json')
  const document = { schemaVersion: 2, mediaType: manifestType, config, layers: [] }
  const bytes = Buffer.from(JSON.stringify(document))
  const root = describeBytes(bytes, manifestType)
  await target.put(root, oneChunk(bytes))
  await target.tag(root, name)
  return root.digest
}

async function list(target: BucketContent, name: string): Promise<readonly string[]> {
  return (await target.list(name)).map(({ digest }) => digest)
}

test('a large blob goes up in blocks', async () => {
  const content = randomBytes(20_000_000)
  const blob = describeBytes(content)
  const target = open()
  await target.put(blob, streamOf(content))
  expect(server.requests.filter((request) => request.includes('comp=block&'))).toHaveLength(3)
  expect(Buffer.from(await readAll(await target.open(blob), content.length)).equals(content)).toBe(true)
})

test('a pull request reads main and writes only its own scope; the newest manifest counts', async () => {
  const [main, pull, other] = [open(['main']), open(['pull/1', 'main']), open(['pull/2', 'main'])]
  const first = await write(main, 'cache', 'first')
  expect(await list(pull, 'cache')).toEqual([first])
  const own = await write(pull, 'cache', 'own')
  const second = await write(main, 'cache', 'second')
  expect(await list(pull, 'cache')).toEqual([own, second])
  expect(await list(main, 'cache')).toEqual([second])
  expect(await list(other, 'cache')).toEqual([second])
  expect(await list(main, 'cach')).toEqual([])
  expect(await list(main, 'a name, with a comma')).toEqual([])
})

test('an upload that never ended does not keep a blob out', async () => {
  const content = Buffer.from('late')
  const blob = describeBytes(content)
  const target = open(['stuck'])
  const scope = 'stuck'
  await target.put(describeBytes(Buffer.from('x')), streamOf(Buffer.from('x')))
  const { version = '' } = server.entries.at(-1) ?? {}
  const key = `tsbuild-blob-1-${blob.digest.replace(':', '-')}`
  server.entries.push({ key, version, scope, blob: 'none', size: undefined })
  await target.put(blob, streamOf(content))
  expect(Buffer.from(await readAll(await target.open(blob), 10)).toString()).toBe('late')
})

test('with a token of GitHub, blobs are looked up in one list', async () => {
  const target = open(['listed'], { githubToken: 'github-token' })
  const blobs = ['a', 'b', 'c'].map((text) => Buffer.from(text))
  for (const bytes of blobs) await open(['listed']).put(describeBytes(bytes), streamOf(bytes))
  server.requests.splice(0)
  for (const bytes of blobs) expect(await target.has(describeBytes(bytes))).toBe(true)
  expect(await target.has(describeBytes(Buffer.from('d')))).toBe(false)
  expect(server.requests).toHaveLength(1)
  const denied = open(['listed'], { githubToken: 'wrong' })
  await expect(denied.has(describeBytes(Buffer.from('a')))).rejects.toThrow('list the caches of the repository: 401')
})

test('a job that may only read, and a call outside of a job, are errors', async () => {
  const readOnly = server.token('main').replace(/\.(.*)\./, (_, claims: string) => {
    const text = Buffer.from(claims, 'base64url').toString().replace(':3', ':1')
    return `.${Buffer.from(text).toString('base64url')}.`
  })
  await expect(write(open(['x'], { token: readOnly }), 'c', 'c')).rejects.toThrow('may not write')
  const credentials = { code: 'BUCKET_CREDENTIALS' }
  expect(() => openGha({ env: {}, http })).toThrow(expect.objectContaining(credentials))
  const url = `http://${server.host}`
  expect(() => openGha({ env: {}, http, url, token: 'ghs_secret' })).toThrow(expect.objectContaining(credentials))
  const env = { ACTIONS_RESULTS_URL: url, ACTIONS_RUNTIME_TOKEN: readOnly }
  expect(() => openGha({ env, http })).toThrow(/no cache service of version 2/)
})
