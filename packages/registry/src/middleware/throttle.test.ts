import { expect, test } from 'vitest'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { throttle } from './throttle.ts'

interface Running {
  readonly host: string
  readonly answer: () => void
}

/** A fetch whose requests stay open until answered by hand. */
function manual(): { fetch: (request: HttpRequest) => Promise<HttpResponse>; running: Running[] } {
  const running: Running[] = []
  return {
    running,
    fetch: (request) => {
      const { promise, resolve } = Promise.withResolvers<HttpResponse>()
      const response = { status: 200, url: request.url, headers: new Headers(), body: (async function* () {})() }
      running.push({ host: request.url.host, answer: () => resolve(response) })
      return promise
    },
  }
}

const request = (host: string, signal?: AbortSignal): HttpRequest => ({
  method: 'GET',
  url: new URL(`https://${host}/`),
  headers: {},
  ...(signal && { signal }),
})
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

test('lets only so many requests of one host wait, and others pass', async () => {
  const { fetch, running } = manual()
  const send = throttle(2)(fetch)
  const pending = [send(request('a')), send(request('a')), send(request('a')), send(request('b'))]
  await settled()
  expect(running.map(({ host }) => host)).toEqual(['a', 'a', 'b'])
  running[0]?.answer()
  await settled()
  expect(running.map(({ host }) => host)).toEqual(['a', 'a', 'b', 'a'])
  for (const { answer } of running) answer()
  await Promise.all(pending)
})

test('one that is aborted while queued leaves the queue to the others', async () => {
  const { fetch, running } = manual()
  const send = throttle(1)(fetch)
  const controller = new AbortController()
  const first = send(request('a'))
  const second = send(request('a', controller.signal))
  const third = send(request('a'))
  const reason = new Error('enough')
  controller.abort(reason)
  await expect(second).rejects.toBe(reason)
  running[0]?.answer()
  await first
  await settled()
  expect(running).toHaveLength(2)
  running[1]?.answer()
  await third
})

test('a failure frees its slot', async () => {
  let calls = 0
  const send = throttle(1)(async () => {
    calls++
    throw new Error('no')
  })
  await expect(send(request('a'))).rejects.toThrow('no')
  await expect(send(request('a'))).rejects.toThrow('no')
  expect(calls).toBe(2)
})
