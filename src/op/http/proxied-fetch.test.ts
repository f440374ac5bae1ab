import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
