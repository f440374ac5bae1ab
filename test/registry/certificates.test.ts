import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerOptions } from 'node:https'
import { createServer as createProxy } from 'node:http'
import { connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRegistryClient } from '@tsbuild/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type Outcome } from '../../src/cli/testing/invocation.ts'
import { certificate } from '../failures/certificate.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'

const obstacle = withoutPrograms('openssl')

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe.skipIf(obstacle !== undefined)(titled('a registry with a certificate of its own', obstacle), () => {
  let directory = ''
  let server: { readonly key: Buffer; readonly cert: Buffer }
  let client: { readonly key: Buffer; readonly cert: Buffer }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsbuild-certificates-'))
    await mkdir(join(directory, 'client'))
    server = await certificate(directory)
    client = await certificate(join(directory, 'client'))
  })
  afterAll(() => rm(directory, { recursive: true }))

  /** Asks a TLS server that answers like a registry; the files are those of its `certs.d`. */
  async function ping(
    files: Readonly<Record<string, Buffer | string>>,
    { env = {}, tls = {} }: { readonly env?: Readonly<Record<string, string>>; readonly tls?: ServerOptions } = {},
  ): Promise<unknown> {
    const home = await mkdtemp(join(directory, 'home-'))
    const registry = createServer({ ...server, ...tls }, (_, response) => response.end('{}')).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    const host = `127.0.0.1:${portOf(registry)}`
    const certs = join(home, '.config/containers/certs.d', host)
    if (Object.keys(files).length > 0) await mkdir(certs, { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(certs, name), text)
    await using registries = createRegistryClient({ env: { HOME: home, ...env }, retry: { attempts: 1 } })
    try {
      return await registries.ping(host).then(
        () => 'answered',
        (error: unknown) => error,
      )
    } finally {
      registry.closeAllConnections()
      registry.close()
    }
  }

  test('is refused without its authority', async () => {
    expect(await ping({})).toMatchObject({ code: 'REGISTRY_TLS', tls: 'untrusted' })
  })

  test('is trusted by certs.d/HOST:PORT/*.crt, which other hosts do not see', async () => {
    expect(await ping({ 'ca.crt': server.cert })).toBe('answered')
    expect(await ping({ 'ca.crt': client.cert })).toMatchObject({ code: 'REGISTRY_TLS' })
  })

  test('is not checked with --tls-verify=false', async () => {
    const registry = createServer(server, (_, response) => response.end('{}')).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    const login = (...flags: readonly string[]): Promise<Outcome> =>
      call(['login', '-u', 'ann', '--password-stdin', ...flags, `127.0.0.1:${portOf(registry)}`], {
        engine,
        cwd: directory,
        input: 'pw',
        env: { HOME: directory },
      })
    try {
      expect(await login('--tls-verify=true')).toMatchObject({
        status: 4,
        stderr: expect.stringContaining('--insecure'),
      })
      expect(await login('--tls-verify=false')).toMatchObject({ status: 0 })
    } finally {
      registry.closeAllConnections()
      registry.close()
    }
  })

  test('is trusted by --cert-dir, which replaces certs.d', async () => {
    const registry = createServer(server, (_, response) => response.end('{}')).listen(0, '127.0.0.1')
    await once(registry, 'listening')
    const login = (certDir: string): Promise<Outcome> =>
      call(['login', '-u', 'ann', '--password-stdin', '--cert-dir', certDir, `127.0.0.1:${portOf(registry)}`], {
        engine,
        cwd: directory,
        input: 'pw',
        env: { HOME: directory },
      })
    await mkdir(join(directory, 'right'))
    await writeFile(join(directory, 'right/ca.crt'), server.cert)
    try {
      expect(await login('right')).toMatchObject({ status: 0 })
      expect(await login('client')).toMatchObject({ status: 4 })
      expect(await login('none')).toMatchObject({ status: 2, stderr: expect.stringContaining('--cert-dir "none"') })
    } finally {
      registry.closeAllConnections()
      registry.close()
    }
  })

  test('is trusted by SSL_CERT_FILE', async () => {
    expect(await ping({}, { env: { SSL_CERT_FILE: join(directory, 'cert.pem') } })).toBe('answered')
    expect(await ping({}, { env: { SSL_CERT_FILE: join(directory, 'client/cert.pem') } })).toMatchObject({
      code: 'REGISTRY_TLS',
    })
  })

  test('gets the certificate of the client that it requires', async () => {
    const tls = { requestCert: true, rejectUnauthorized: true, ca: client.cert }
    expect(await ping({ 'ca.crt': server.cert }, { tls })).toMatchObject({ code: 'REGISTRY_UNREACHABLE' })
    const files = { 'ca.crt': server.cert, 'client.cert': client.cert, 'client.key': client.key }
    expect(await ping(files, { tls })).toBe('answered')
  })

  test('is reached through a proxy with a password', async () => {
    await mkdir(join(directory, 'named'))
    const named = await certificate(join(directory, 'named'), 'DNS:registry.example')
    const registry = createServer(named, (_, response) => response.end('{}')).listen(0, '127.0.0.1')
    const asked: unknown[] = []
    const proxy = createProxy().listen(0, '127.0.0.1')
    proxy.on('connect', (request, socket: Socket) => {
      asked.push([request.url, request.headers['proxy-authorization']])
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      const onward = connect(portOf(registry), '127.0.0.1')
      socket.pipe(onward).pipe(socket)
      for (const end of [socket, onward]) end.on('error', () => {})
    })
    await Promise.all([once(registry, 'listening'), once(proxy, 'listening')])
    const certs = join(directory, 'proxied/containers/certs.d/registry.example')
    await mkdir(certs, { recursive: true })
    await writeFile(join(certs, 'ca.crt'), named.cert)
    const env = {
      XDG_CONFIG_HOME: join(directory, 'proxied'),
      HTTPS_PROXY: `http://ann:p%40w@127.0.0.1:${portOf(proxy)}`,
    }
    await using registries = createRegistryClient({ env, retry: { attempts: 1 } })
    try {
      await registries.ping('registry.example')
      expect(asked).toEqual([['registry.example:443', `Basic ${btoa('ann:p@w')}`]])
    } finally {
      await registries.close()
      for (const server of [registry, proxy]) server.close()
    }
  })

  test.each([
    ['ca.crt', 'hello', 'it holds no certificate'],
    ['ca.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'it holds no certificate'],
    ['client.cert', 'x', 'its key "client.key" does not exist'],
    ['ca.crt', Buffer.alloc(4 * 1024 * 1024 + 1), 'too large'],
  ])('is not asked while %s cannot be used', async (name, text, reason) => {
    expect(await ping({ [name]: text })).toMatchObject({
      code: 'REGISTRY_CONFIG_INVALID',
      message: expect.stringContaining(`/${name}"`),
    })
    expect(String(await ping({ [name]: text }))).toContain(reason)
  })

  test('names a key that is no key without its text', async () => {
    const key = (await readFile(join(directory, 'client/key.pem'), 'utf8')).replace('BEGIN PRIVATE', 'BEGIN PUBLIC')
    const error = await ping({ 'client.cert': client.cert, 'client.key': key })
    expect(error).toMatchObject({ code: 'REGISTRY_CONFIG_INVALID' })
    expect(String(error)).not.toContain(key.split('\n')[1])
  })

  test('is not trusted through a file that does not exist', async () => {
    expect(await ping({}, { env: { SSL_CERT_FILE: '/nonexistent.pem' } })).toMatchObject({
      code: 'REGISTRY_CONFIG_INVALID',
      message: expect.stringContaining('/nonexistent.pem'),
    })
  })
})
