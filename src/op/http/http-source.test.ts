import { readdir } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { test as storeTest } from '../../layer/testing/store.ts'
import { defaultGrowth } from '../transfer/growth.ts'
import { httpSource } from './http-source.ts'

const test = storeTest.extend<{
  serve: (answer: (response: ServerResponse) => Promise<void> | void) => Promise<string>
}>({
  serve: async ({}, use) => {
    const server = createServer()
    await use(async (answer) => {
      server.on('request', (_request, response) => void answer(response))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/f`
    })
    server.closeAllConnections()
    server.close()
  },
})

const access = { fetch, secret: async () => undefined }
const { signal } = new AbortController()

/** Writes until the reader stops. */
async function trickle(response: ServerResponse, chunk: Uint8Array, pause: number): Promise<void> {
  for (let isGone = false; !isGone; await sleep(pause)) {
    isGone = response.destroyed
    response.write(chunk)
  }
}

test('a body without end is refused, and nothing of it stays', async ({ store, serve }) => {
  const url = await serve((response) => trickle(response, Buffer.alloc(4096), 0))
  const source = httpSource(store, access, {
    size: 100_000,
    pace: { bytes: 1, milliseconds: 60_000 },
    growth: defaultGrowth,
  })
  await expect(source.download({ url }, signal)).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
  expect(await readdir(store.paths.temporary)).toEqual([])
})

test('a server that says nothing, and one that says next to nothing, is given up', async ({ store, serve }) => {
  let answer: (response: ServerResponse) => Promise<void> | void = () => {}
  const url = await serve((response) => answer(response))
  const slow = { size: 100_000, pace: { bytes: 1000, milliseconds: 200 }, growth: defaultGrowth }
  const tooSlow = { code: 'SOURCE_UNREACHABLE', message: expect.stringContaining('too slow') }
  await expect(httpSource(store, access, slow).download({ url }, signal)).rejects.toMatchObject(tooSlow)
  answer = (response) => trickle(response, Buffer.from('x'), 20)
  await expect(httpSource(store, access, slow).download({ url }, signal)).rejects.toMatchObject(tooSlow)
})

test('an abort ends a download and is its error', async ({ store, serve }) => {
  const controller = new AbortController()
  const url = await serve((response) => {
    response.write('x')
    controller.abort(new Error('enough'))
  })
  await expect(httpSource(store, access).download({ url }, controller.signal)).rejects.toThrow('enough')
})
