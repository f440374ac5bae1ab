import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { test } from '../../layer/testing/store.ts'
import { httpSource } from './http-source.ts'
import { proxiedFetch } from './proxied-fetch.ts'

const { signal } = new AbortController()

test('an answer that grows too far when it is unpacked is refused, and nothing of it stays', async ({ store }) => {
  const bodies: Record<string, Buffer> = {
    '/zeros': Buffer.alloc(10_000_000),
    '/text': Buffer.from('text '.repeat(10_000)),
  }
  const server = createServer(({ url = '' }, response) => {
    // Without a length, as servers send what they compress on the way.
    response.writeHead(200, { 'content-encoding': 'gzip' })
    response.write(gzipSync(bodies[url] ?? ''))
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await using fetcher = proxiedFetch({})
  const access = { fetch: fetcher.fetch, secret: async () => undefined }
  const limits = { size: 2 ** 30, pace: { bytes: 1, milliseconds: 60_000 }, growth: { bytes: 100_000, times: 500 } }
  try {
    const source = httpSource(store, access, limits)
    expect(await source.download({ url: `${url}/text` }, signal)).toMatchObject({ size: 50_000 })
    await expect(source.download({ url: `${url}/zeros` }, signal)).rejects.toMatchObject({
      code: 'SOURCE_TOO_LARGE',
      message: expect.stringMatching(/from http:\S+\/zeros of \d{3,5} bytes has grown to \d{7}/),
    })
    // 1,000 times is within bounds where they are wider.
    const wider = httpSource(store, access, { ...limits, growth: { bytes: 100_000, times: 2000 } })
    expect(await wider.download({ url: `${url}/zeros` }, signal)).toMatchObject({ size: 10_000_000 })
    expect(await readdir(store.paths.temporary)).toEqual([])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

/** An address of this machine that is not loopback: loopback is reached without a proxy anyway. */
const address = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address

test.skipIf(address === undefined)(
  `a range in NO_PROXY is downloaded from without the proxy${address === undefined ? ' (this machine has only loopback addresses)' : ''}`,
  async () => {
    const server = createServer((_, response) => response.end('direct'))
    const proxy = createServer((_, response) => response.end('proxied'))
    for (const one of [server, proxy]) await new Promise<void>((resolve) => one.listen(0, resolve))
    const port = (one: typeof server): number => (one.address() as AddressInfo).port
    const download = async (noProxy: string): Promise<string> => {
      await using fetcher = proxiedFetch({ HTTP_PROXY: `http://127.0.0.1:${port(proxy)}`, NO_PROXY: noProxy })
      const answer = await fetcher.fetch(`http://${address}:${port(server)}/`, {
        headers: {},
        signal,
        onReceived: () => {},
      })
      return await answer.text()
    }
    try {
      expect(await download(`${address}/32`)).toBe('direct')
      expect(await download('255.255.255.255/32')).not.toBe('direct')
    } finally {
      for (const one of [server, proxy]) {
        one.closeAllConnections()
        one.close()
      }
    }
  },
)
