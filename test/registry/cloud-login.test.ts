import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createProxy, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { connect, type Server as Listener, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { serve, type TestServer } from '@tsbuild/cloud/testing'
import { registryMissing, startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type Outcome } from '../../src/cli/testing/invocation.ts'
import { certificate } from '../failures/certificate.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'

const obstacle = registryMissing ?? withoutPrograms('openssl')
const ecrHost = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
const acrHost = 'myregistry.azurecr.io'
const names = ['ghcr.io', ecrHost, acrHost]
const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`

/**
 * The registries of the clouds on this machine: a proxy leads their names to a TLS server, which
 * checks credentials as they do, and has a `docker-registry` behind it.
 */
describe.skipIf(obstacle !== undefined)(titled('registries of clouds', obstacle), () => {
  let directory = ''
  let registry: TestRegistry
  let front: Listener
  let proxy: Server
  let ecrApi: TestServer
  const connected: string[] = []
  const authorizations: string[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsbuild-clouds-'))
    registry = await startRegistry()
    const files = await certificate(directory, names.map((name) => `DNS:${name}`).join(','))
    for (const name of names) {
      await mkdir(join(directory, 'containers/certs.d', name), { recursive: true })
      await writeFile(join(directory, 'containers/certs.d', name, 'ca.crt'), files.cert)
    }
    front = createServer(files, (message, response) => void answer(message, response)).listen(0, '127.0.0.1')
    proxy = createProxy().listen(0, '127.0.0.1')
    proxy.on('connect', (message, socket: Socket) => {
      connected.push(message.url ?? '')
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const onward = connect(portOf(front), '127.0.0.1')
      socket.pipe(onward).pipe(socket)
      for (const end of [socket, onward]) end.on('error', () => {})
    })
    await Promise.all([once(front, 'listening'), once(proxy, 'listening')])
    ecrApi = await serve(({ headers }) => {
      if (!headers.authorization?.includes('/eu-west-1/ecr/aws4_request')) return { status: 403 }
      const data = [{ authorizationToken: btoa('AWS:of-ecr'), expiresAt: 4e9 }]
      return { status: 200, body: JSON.stringify({ authorizationData: data }) }
    })
    await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nLABEL a=b\n')
    await writeFile(join(directory, 'azure-token'), 'federated')
  })
  beforeEach(() => {
    connected.splice(0)
    authorizations.splice(0)
  })
  afterAll(async () => {
    front.close()
    proxy.close()
    await ecrApi[Symbol.asyncDispose]()
    await registry[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host = '', authorization = '' } = message.headers
    const url = new URL(message.url ?? '/', `https://${host}`)
    authorizations.push(`${host}${url.pathname} ${authorization}`)
    const granted = await answerTokens(message, url)
    if (granted !== undefined) {
      response.writeHead(typeof granted === 'number' ? granted : 200).end(JSON.stringify(granted))
      return
    }
    const isEcr = authorization === basic('AWS', 'of-ecr') && host === ecrHost
    const reads = authorization === 'Bearer reads' && message.method !== 'POST' && url.pathname.includes('/public/')
    if (isEcr || authorization === 'Bearer everything' || reads) return forward(message, response)
    const realm = `https://${host}/${host === acrHost ? 'oauth2/' : ''}token`
    const challenge = host === ecrHost ? 'Basic realm="https://ecr/"' : `Bearer realm="${realm}",service="${host}"`
    response.writeHead(401, { 'www-authenticate': challenge }).end('{"errors":[]}')
  }

  /** The token services of GitHub and Azure: a token, a status, or undefined for other paths. */
  async function answerTokens(message: IncomingMessage, url: URL): Promise<object | number | undefined> {
    const { authorization = '' } = message.headers
    if (url.pathname === '/token') {
      const isKnown = authorization === basic('octocat', 'ghs_good') || authorization === basic('ann', 'pw')
      if (isKnown) return { token: 'everything' }
      return authorization === '' ? { token: 'reads' } : 403
    }
    if (!url.pathname.startsWith('/oauth2/')) return undefined
    const form = new URLSearchParams(await text(message))
    if (form.get('access_token') === 'entra') return { refresh_token: 'refresh' }
    return form.get('refresh_token') === 'refresh' ? { access_token: 'everything' } : 401
  }

  function forward(message: IncomingMessage, response: ServerResponse): void {
    const { authorization: _, ...headers } = message.headers
    const [hostname = '', port = ''] = registry.host.split(':')
    const onward = request(
      {
        hostname,
        port,
        method: message.method,
        path: message.url,
        headers: { ...headers, 'x-forwarded-proto': 'https' },
      },
      (reply) => {
        response.writeHead(reply.statusCode ?? 500, reply.headers)
        reply.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    message.pipe(onward)
  }

  const run = (argv: readonly string[], env: Readonly<Record<string, string>>): Promise<Outcome> =>
    call(argv, {
      engine,
      cwd: directory,
      env: {
        HOME: directory,
        XDG_CONFIG_HOME: directory,
        XDG_RUNTIME_DIR: directory,
        TSBUILD_ROOT: join(directory, 'store'),
        HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}`,
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
    })
  const job = { GITHUB_ACTIONS: 'true', GITHUB_TOKEN: 'ghs_good', GITHUB_ACTOR: 'octocat' }
  const aws = (): Readonly<Record<string, string>> => ({
    AWS_ACCESS_KEY_ID: 'AKIATEST',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_ENDPOINT_URL: `http://${ecrApi.host}`,
  })
  const push = (name: string): readonly string[] => ['build', '-q', '-t', name, '--push', '.']

  test('a job of GitHub Actions pushes to ghcr.io and pulls from it', async () => {
    expect(await run(push('ghcr.io/public/app'), job)).toMatchObject({ status: 0, stderr: '' })
    expect(await run(['pull', '-q', 'ghcr.io/public/app'], job)).toMatchObject({ status: 0 })
    const refused = await run(push('ghcr.io/public/app'), { ...job, TSBUILD_CLOUD_LOGIN: 'off' })
    expect(refused).toMatchObject({ status: 4 })
    const outside = await run(push('ghcr.io/public/app'), { ...job, GITHUB_ACTIONS: '' })
    expect(outside).toMatchObject({ status: 4 })
  })

  test('doctor names the identity, or the file that counts before it', async () => {
    const found = await run(['doctor', 'ghcr.io/public/app'], job)
    expect(found).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('credentials  password of GitHub Actions: GITHUB_TOKEN\n'),
    })
    expect(found.stdout).not.toContain('ghs_good')
    const auths = JSON.stringify({ auths: { 'ghcr.io': { auth: btoa('ann:pw') } } })
    const file = await run(['doctor', 'ghcr.io/public/app'], { ...job, DOCKER_AUTH_CONFIG: auths })
    expect(file.stdout).toContain('password of DOCKER_AUTH_CONFIG: auths["ghcr.io"]')
    expect(authorizations).toContain(`ghcr.io/token ${basic('ann', 'pw')}`)
  })

  test('a token that has expired leaves public images readable, and is the reason of a failed push', async () => {
    await run(push('ghcr.io/public/app'), job)
    const expired = { ...job, GITHUB_TOKEN: 'ghs_expired' }
    expect(await run(['pull', '-q', 'ghcr.io/public/app'], expired)).toMatchObject({ status: 0 })
    const refused = await run(push('ghcr.io/public/other'), expired)
    expect(refused).toMatchObject({ status: 4, stderr: expect.stringContaining('403') })
    expect(refused.stderr).not.toContain('ghs_expired')
  })

  test('keys of AWS are a login at ECR', async () => {
    expect(await run(push(`${ecrHost}/app`), aws())).toMatchObject({ status: 0, stderr: '' })
    const report = await run(['doctor', '--json', `${ecrHost}/app`], aws())
    expect(JSON.parse(report.stdout).hosts[0]).toMatchObject({
      credentials: { place: 'Amazon ECR', entry: 'AWS_ACCESS_KEY_ID', kind: 'password' },
      answer: { works: true, hasImage: true },
    })
    expect(connected.every((name) => name === `${ecrHost}:443`)).toBe(true)
  })

  test('a refusal of the cloud is the reason of a failed pull', async () => {
    await using refusing = await serve(() => ({ status: 400, body: '{"__type":"AccessDeniedException"}' }))
    const env = { ...aws(), AWS_ENDPOINT_URL: `http://${refusing.host}` }
    expect(await run(['pull', '-q', `${ecrHost}/app`], env)).toMatchObject({
      status: 4,
      stderr: expect.stringContaining('request a token of Amazon ECR: 400 Bad Request: AccessDeniedException'),
    })
  })

  test('an identity of Azure is a login at ACR', async () => {
    await using entra = await serve(({ url }) => ({
      status: url.pathname === '/tenant/oauth2/v2.0/token' ? 200 : 404,
      body: '{"access_token":"entra","expires_in":3600}',
    }))
    const env = {
      AZURE_TENANT_ID: 'tenant',
      AZURE_CLIENT_ID: 'client',
      AZURE_FEDERATED_TOKEN_FILE: join(directory, 'azure-token'),
      AZURE_AUTHORITY_HOST: `http://${entra.host}`,
    }
    expect(await run(push(`${acrHost}/app`), env)).toMatchObject({ status: 0, stderr: '' })
    const { stdout } = await run(['doctor', `${acrHost}/app`], env)
    expect(stdout).toContain('identity token of Azure Container Registry: AZURE_FEDERATED_TOKEN_FILE')
  })
})

function portOf(server: Listener): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
