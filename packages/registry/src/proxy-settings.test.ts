import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { createRegistryClient } from './client.ts'
import { chooseProxy } from './proxy-settings.ts'

test.each([
  ['https://a.example', '', 'http://s'],
  ['http://a.example', '', 'http://h'],
  ['https://a.example', 'a.example', undefined],
  ['https://b.a.example', 'x, A.example.', undefined],
  ['https://ba.example', 'a.example', 'http://s'],
  ['https://a.example', '*.a.example', 'http://s'],
  ['https://b.a.example', '*.a.example', undefined],
  ['https://a.example', '.a.example', undefined],
  ['https://a.example', '*', undefined],
  ['https://a.example', '*:80', 'http://s'],
  ['https://a.example:5000', 'a.example:5000', undefined],
  ['https://a.example', 'a.example:443', undefined],
  ['https://a.example', 'a.example:80', 'http://s'],
  ['https://[fd00::7]:5000', 'fd00::7', undefined],
  ['https://[fd00::7]:5000', '[fd00::7]:5000', undefined],
  ['https://[fd00::7]:5000', '[fd00::7]:443', 'http://s'],
  ['https://127.0.0.1:5000', '', undefined],
  ['http://10.1.2.3:5000', '10.0.0.0/8', undefined],
  ['http://10.1.2.3', 'a.example, 192.168.0.0/16 10.0.0.0/8', undefined],
  ['http://11.1.2.3', '10.0.0.0/8', 'http://h'],
  ['https://[fd00::7]:5000', 'fd00::/8', undefined],
  ['https://[fc00::7]', 'fd00::/8', 'http://s'],
  ['https://10.example', '10.0.0.0/8', 'http://s'],
  ['https://10.1.2.3', '10.0.0.0/99,/8,10.0.0.0/', 'http://s'],
  ['http://169.254.169.254', '', undefined],
  ['http://[fe80::1]', '', undefined],
  ['http://[fd00:ec2::254]', '', undefined],
  ['http://metadata.google.internal', '', undefined],
  ['http://metadata.google.internal.evil.example', '', 'http://h'],
])('%s with NO_PROXY=%s goes through %s', (url, noProxy, proxy) => {
  const settings = { httpProxy: 'http://h', httpsProxy: 'http://s', noProxy }
  expect(chooseProxy(new URL(url), settings).proxy).toBe(proxy)
})

test('https goes through HTTP_PROXY where HTTPS_PROXY is not set', () => {
  const settings = { httpProxy: 'http://h', httpsProxy: '', noProxy: '' }
  expect(chooseProxy(new URL('https://a.example'), settings)).toEqual({
    proxy: 'http://h',
    reason: 'HTTP_PROXY is set',
  })
})

/** An address of this machine that is not loopback: loopback is reached without a proxy anyway. */
const address = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

test.skipIf(address === undefined)(
  `a registry in a range is reached without the proxy${address === undefined ? ' (this machine has only loopback addresses)' : ''}`,
  async () => {
    const registry = createServer((_, response) => response.end('{}')).listen(0)
    const proxied: string[] = []
    const proxy = createServer().listen(0, '127.0.0.1')
    proxy.on('connect', (request, socket: Socket) => {
      proxied.push(request.url ?? '')
      const onward = connect(port(registry), address ?? '')
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(onward).pipe(socket)
      for (const end of [socket, onward]) end.on('error', () => {})
    })
    await Promise.all([once(registry, 'listening'), once(proxy, 'listening')])
    const host = `${address}:${port(registry)}`
    const ping = async (noProxy: string): Promise<unknown> => {
      const HTTPS_PROXY = `http://127.0.0.1:${port(proxy)}`
      await using client = createRegistryClient({ env: { HTTPS_PROXY, NO_PROXY: noProxy }, retry: { attempts: 1 } })
      return await client.ping(host).catch((error: unknown) => error)
    }
    try {
      // The server has no TLS; the way to it is what counts.
      await ping(`${address}/32`)
      expect(proxied).toEqual([])
      await ping('255.255.255.255/32')
      expect(proxied).toEqual([host])
    } finally {
      for (const server of [registry, proxy]) {
        server.closeAllConnections()
        server.close()
      }
    }
  },
)

function port(server: ReturnType<typeof createServer>): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
