import { execFile, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { createRegistryClient } from './client.ts'
import { startChaos } from './testing/chaos-server.ts'
import { sampleBlob } from './testing/content.ts'

const { descriptor } = sampleBlob('x')
const noOpenssl = spawnSync('openssl', ['version']).status !== 0

test('tells every registry who is asking', async () => {
  await using server = await startChaos((_, response) => response.end())
  await using client = createRegistryClient({ userAgent: 'demo/1' })
  expect(await client.repository({ registry: server.host, repository: 'app' }).has(descriptor)).toBe(true)
  expect(server.received[0]?.headers['user-agent']).toBe('demo/1')
})

test('gets a token for exactly what it does', async () => {
  const scopes: string[][] = []
  await using server = await startChaos(({ url, headers, method }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://x')
    if (pathname === '/token') {
      scopes.push(searchParams.getAll('scope'))
      return response.end(JSON.stringify({ access_token: 'abc', expires_in: 300 }))
    }
    if (headers.authorization === 'Bearer abc') return response.writeHead(method === 'POST' ? 201 : 200).end()
    return response
      .writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token",service="s"` })
      .end()
  })
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  await repository.has(descriptor)
  await repository.put(descriptor, sampleBlob('x').content)
  await repository.adopt(descriptor, client.repository({ registry: server.host, repository: 'base' }))
  await repository.deleteManifest(descriptor.digest)
  expect(scopes).toEqual([
    ['repository:app:pull'],
    ['repository:app:pull,push'],
    ['repository:app:pull,push', 'repository:base:pull'],
    ['repository:app:delete'],
  ])
})

test('a custom fetch takes the place of the network', async () => {
  const urls: string[] = []
  await using client = createRegistryClient({
    fetch: async ({ url }) => {
      urls.push(url.href)
      return { status: 200, url, headers: new Headers(), body: (async function* () {})() }
    },
  })
  await client.repository({ registry: 'docker.io', repository: 'library/alpine' }).has(descriptor)
  await client.repository({ registry: 'localhost:1', repository: 'app' }).has(descriptor)
  expect(urls).toEqual([
    `https://registry-1.docker.io/v2/library/alpine/blobs/${descriptor.digest}`,
    `http://localhost:1/v2/app/blobs/${descriptor.digest}`,
  ])
})

test('close ends what is under way', async () => {
  await using server = await startChaos(() => void client.close())
  const client = createRegistryClient()
  await expect(client.repository({ registry: server.host, repository: 'app' }).has(descriptor)).rejects.toMatchObject({
    name: 'AbortError',
  })
})

test('neither an idle nor a closed client keeps the process alive', async () => {
  await using server = await startChaos((_, response) => response.end())
  const script = `
    import { createRegistryClient } from ${JSON.stringify(import.meta.resolve('./client.ts'))}
    const client = createRegistryClient()
    console.log(await client.repository({ registry: '${server.host}', repository: 'app' }).has(${JSON.stringify(descriptor)}))
    if (process.argv.includes('close')) await client.close()`
  for (const last of ['idle', 'close']) {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, last], {
      timeout: 20_000,
    })
    expect(stdout.trim()).toBe('true')
  }
})

test.skipIf(noOpenssl)(
  `speaks TLS to a local registry that does, and trusts an insecure one${noOpenssl ? ' (skipped: openssl is not installed)' : ''}`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tsbuild-tls-'))
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(directory, name))
    try {
      spawnSync('openssl', [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-keyout',
        key ?? '',
        '-out',
        cert ?? '',
      ])
      const server = createServer({ key: await readFile(key ?? ''), cert: await readFile(cert ?? '') }, (_, response) =>
        response.end(),
      ).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const address = server.address()
      const registry = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
      await using strict = createRegistryClient()
      await expect(strict.repository({ registry, repository: 'app' }).has(descriptor)).rejects.toMatchObject({
        code: 'REGISTRY_TLS',
        temporary: false,
        registry,
        tls: 'untrusted',
      })
      await using lax = createRegistryClient({ insecureRegistries: [registry] })
      expect(await lax.repository({ registry, repository: 'app' }).has(descriptor)).toBe(true)
      server.closeAllConnections()
      server.close()
    } finally {
      await rm(directory, { recursive: true })
    }
  },
)
