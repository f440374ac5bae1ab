import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ChaosHandler, startChaos } from '../testing/chaos-server.ts'
import { registryMissing, startRegistry } from '../testing/registry-server.ts'
import { explainRoute, type RouteReport } from './explain-route.ts'

let home = ''
const secret = 'geheim'
const auth = (user: string): { readonly auth: string } => ({ auth: btoa(`${user}:${secret}`) })

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-explain-'))
})
afterEach(() => rm(home, { recursive: true }))

async function write(file: string, content: string | object): Promise<string> {
  const path = join(home, file)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

function explain(
  registry: string,
  { reference = '1', env = {}, patience = 5000 }: { reference?: string; env?: object; patience?: number } = {},
): Promise<RouteReport> {
  const name = { registry, repository: 'team/app', reference }
  const { signal } = new AbortController()
  return explainRoute(name, { env: { HOME: home, PATH: home, ...env }, insecure: [], patience, signal })
}

/** Takes a token of `reader` for pulls of `inner/app`, and has that image. */
const withTokens: ChaosHandler = ({ url, headers }, response) => {
  const { pathname, searchParams } = new URL(url, 'http://x')
  if (pathname === '/token') {
    const known = headers.authorization === `Basic ${auth('reader').auth}`
    if (!known || searchParams.get('scope') !== 'repository:inner/app:pull') return response.writeHead(401).end()
    return response.end('{"token":"t"}')
  }
  if (headers.authorization === 'Bearer t') return response.end()
  return response
    .writeHead(401, { 'www-authenticate': `Bearer realm="http://${headers.host}/token",service="s"` })
    .end()
}

test('the hosts of registries.conf, their credentials and what they answer', async () => {
  await using origin = await startChaos(withTokens)
  await using mirror = await startChaos((_, response) => response.writeHead(503).end())
  const file = await write(
    '.config/containers/registries.conf',
    `[[registry]]
prefix = "registry.example/team"
location = "${origin.host}/inner"
[[registry.mirror]]
location = "${mirror.host}/team"
pull-from-mirror = "digest-only"`,
  )
  const config = await write('.docker/config.json', { auths: { [`${origin.host}/inner`]: auth('reader') } })
  const report = await explain('registry.example')
  expect(report).toMatchObject({
    decidedBy: { file, setting: '[[registry]] "registry.example/team"' },
    blocked: false,
    hosts: [
      {
        host: mirror.host,
        repository: 'team/app',
        role: 'mirror',
        reads: ['digests'],
        asked: false,
        pushes: false,
        credentials: {},
        answer: { works: false, reason: '503 Service Unavailable' },
      },
      {
        host: origin.host,
        url: `http://${origin.host}/v2/`,
        repository: 'inner/app',
        role: 'registry',
        reads: ['tags', 'digests'],
        asked: true,
        pushes: true,
        tls: { used: false, verified: false, files: [] },
        credentials: { place: config, entry: `auths["${origin.host}/inner"]`, kind: 'password' },
        answer: { works: true, hasImage: true },
      },
    ],
  })
  expect(JSON.stringify(report)).not.toContain(secret)
  expect((await explain('registry.example', { reference: `sha256:${'0'.repeat(64)}` })).hosts[0]?.asked).toBe(true)
})

test('a refused credential, a silent host and a broken file are answers', async () => {
  await using refusing = await startChaos(withTokens)
  await write('.docker/config.json', { auths: { [refusing.host]: auth('stranger') } })
  expect((await explain(refusing.host)).hosts[0]?.answer).toMatchObject({
    works: false,
    reason: expect.stringContaining('401 Unauthorized'),
  })
  await using silent = await startChaos(() => {})
  expect((await explain(silent.host, { patience: 50 })).hosts[0]?.answer.works).toBe(false)
  await write('.docker/config.json', '{')
  expect((await explain(refusing.host)).hosts[0]).toMatchObject({
    credentials: { error: expect.stringContaining('not valid JSON') },
    answer: { works: false, reason: expect.stringContaining('401') },
  })
})

test('a credential helper is named, and runs once', async () => {
  await using origin = await startChaos(withTokens)
  const helper = await write(
    'docker-credential-ours',
    `#!/bin/sh\necho >> ${home}/runs\necho '{"Username":"reader","Secret":"${secret}"}'\n`,
  )
  await chmod(helper, 0o755)
  const place = await write('.docker/config.json', { credHelpers: { [origin.host]: 'ours' } })
  const { hosts } = await explain(origin.host)
  expect(hosts[0]?.credentials).toEqual({ place, entry: 'docker-credential-ours', kind: 'password' })
  expect(await readFile(join(home, 'runs'), 'utf8')).toBe('\n')
})

test('a blocked registry gets no request', async () => {
  await using origin = await startChaos((_, response) => response.end())
  await write('.config/containers/registries.conf', `[[registry]]\nlocation = "${origin.host}"\nblocked = true`)
  expect(await explain(origin.host)).toMatchObject({ blocked: true, hosts: [] })
  expect(origin.received).toEqual([])
})

test('hosts.toml and daemon.json are named with the keys that decide', async () => {
  await using mirror = await startChaos(({ url }, response) =>
    response.writeHead(url === '/path/v2/team/app/manifests/1?ns=registry.invalid' ? 200 : 404).end(),
  )
  const url = `http://${mirror.host}`
  const file = await write('.config/containerd/certs.d/registry.invalid/hosts.toml', `[host."${url}/path"]`)
  const toml = await explain('registry.invalid')
  expect(toml.decidedBy).toEqual({ file, setting: `[host."${url}"]` })
  expect(toml.hosts.map(({ answer }) => answer.works)).toEqual([true, false])
  const daemon = await write('.config/docker/daemon.json', { 'insecure-registries': ['other.invalid'] })
  const other = await explain('other.invalid')
  expect(other.decidedBy).toEqual({ file: daemon, setting: 'insecure-registries' })
  expect(other.hosts[0]).toMatchObject({ tls: { used: false }, proxy: { reason: expect.stringContaining('insecure') } })
})

test('the proxy is named without its login, and files that cannot be used are the answer', async () => {
  await write('.config/containers/certs.d/registry.invalid/own.crt', 'none')
  const env = { HTTPS_PROXY: `http://user:${secret}@127.0.0.1:1` }
  const { hosts } = await explain('registry.invalid', { env })
  expect(hosts[0]).toMatchObject({
    proxy: { url: 'http://127.0.0.1:1/', reason: 'HTTPS_PROXY is set' },
    answer: { works: false, reason: expect.stringContaining('own.crt') },
  })
})

test.skipIf(registryMissing !== undefined)(
  `a registry works and lacks the image${registryMissing === undefined ? '' : ` (${registryMissing})`}`,
  async () => {
    await using registry = await startRegistry()
    expect((await explain(registry.host)).hosts[0]?.answer).toEqual({ works: true, hasImage: false })
  },
)
