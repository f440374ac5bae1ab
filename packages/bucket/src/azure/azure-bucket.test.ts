import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAll } from '@tsbuild/content'
import { describeBytes, streamOf, testContentTarget, testSingleFlight } from '@tsbuild/content/testing'
import { createHttpClient, type HttpClient } from '@tsbuild/registry'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { BucketContent } from '../store/bucket-content.ts'
import { BucketFlights } from '../store/bucket-flights.ts'
import { azureTestAccount, type AzureServer, startAzure } from '../testing/azure-server.ts'
import { openAzure } from './azure-bucket.ts'
import type { AzureOptions } from './azure-options.ts'

let server: AzureServer
let http: HttpClient

beforeAll(async () => {
  server = await startAzure()
  http = createHttpClient({ retry: { attempts: 1 } })
})
afterAll(async () => {
  await http.close()
  await server[Symbol.asyncDispose]()
})

let places = 0
const { name, key, signature } = azureTestAccount

function open(options: Partial<AzureOptions> = {}): BucketContent {
  const accountUrl = `http://${server.host}/${name}`
  const account = { accountUrl, accountName: name, accountKey: key, prefix: `p ${places++}` }
  return new BucketContent(openAzure({ ...account, env: {}, http, ...options }), http)
}

testContentTarget('Azure', async () => open())

testSingleFlight('Azure', async () => {
  const account = { accountUrl: `http://${server.host}/${name}`, accountName: name, accountKey: key, env: {}, http }
  return () => {
    const { documents } = openAzure(account)
    if (documents === undefined) throw new Error('no documents')
    return new BucketFlights(documents)
  }
})

test('a large blob goes up in blocks, into a container that is made', async () => {
  const content = randomBytes(20_000_000)
  const blob = describeBytes(content)
  const target = open({ container: 'new' })
  expect(await target.has(blob)).toBe(false)
  expect(await target.list('main')).toEqual([])
  await target.put(blob, streamOf(content))
  expect(Buffer.from(await readAll(await target.open(blob), content.length)).equals(content)).toBe(true)
  expect([...server.containers]).toContain('new')
})

test.for<{ what: string; env: (host: string) => Readonly<Record<string, string>> }>([
  {
    what: 'connection string',
    env: (host) => ({
      AZURE_STORAGE_CONNECTION_STRING: `AccountName=${name};AccountKey=${key};BlobEndpoint=http://${host}/${name};`,
    }),
  },
  {
    what: 'shared access signature',
    env: (host) => ({ BUILDKIT_AZURE_STORAGE_ACCOUNT_URL: `http://${host}/${name}?${signature}` }),
  },
  {
    what: 'service principal',
    env: (host) => ({
      BUILDKIT_AZURE_STORAGE_ACCOUNT_URL: `http://${host}/${name}`,
      AZURE_AUTHORITY_HOST: `http://${host}/`,
      AZURE_TENANT_ID: 'tenant',
      AZURE_CLIENT_ID: 'client',
      AZURE_CLIENT_SECRET: 'secret',
    }),
  },
  {
    what: 'managed identity',
    env: (host) => ({
      BUILDKIT_AZURE_STORAGE_ACCOUNT_URL: `http://${host}/${name}`,
      IDENTITY_ENDPOINT: `http://${host}/x/oauth2/v2.0/token`,
      IDENTITY_HEADER: 'header',
    }),
  },
])('credentials: $what', async ({ what, env }) => {
  const content = Buffer.from(what)
  const target = new BucketContent(openAzure({ env: env(server.host), http, prefix: what }), http)
  await target.put(describeBytes(content), streamOf(content))
  expect(await target.has(describeBytes(content))).toBe(true)
})

test('a workload identity shows the token of its file', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'azure-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const file = join(directory, 'token')
  await writeFile(file, 'jwt\n')
  const env = {
    AZURE_AUTHORITY_HOST: `http://${server.host}/`,
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'client',
    AZURE_FEDERATED_TOKEN_FILE: file,
  }
  const options = { accountUrl: `http://${server.host}/${name}`, env, http }
  expect(await new BucketContent(openAzure(options), http).list('main')).toEqual([])
})

test('a wrong key is an error without secrets', async () => {
  const error: unknown = await open({ accountKey: Buffer.from('hidden').toString('base64') })
    .list('main')
    .catch((caught: unknown) => caught)
  expect(error).toMatchObject({ message: 'read the manifest: 403 Forbidden: AuthenticationFailed' })
  expect(() => openAzure({ env: {}, http })).toThrow('no URL of an Azure storage account')
})
