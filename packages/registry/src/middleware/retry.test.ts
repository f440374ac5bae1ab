import { expect, test } from 'vitest'
import { RegistryError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { backoff, defaultRetryPolicy, retry, type RetryEvent } from './retry.ts'

const policy = { ...defaultRetryPolicy, delay: 1, maxDelay: 2 }
const request: HttpRequest = { method: 'GET', url: new URL('https://registry.example/v2/?token=secret'), headers: {} }

function answer(status: number, headers: Record<string, string> = {}): HttpResponse {
  return { status, url: request.url, headers: new Headers(headers), body: (async function* () {})() }
}

/** Answers one step after the other and counts. */
function script(...steps: readonly (HttpResponse | Error)[]): {
  fetch: (request: HttpRequest) => Promise<HttpResponse>
  calls: () => number
} {
  let calls = 0
  return {
    calls: () => calls,
    fetch: async () => {
      const step = steps[Math.min(calls++, steps.length - 1)]
      if (step === undefined) throw new Error('no step is left')
      if (step instanceof Error) throw step
      return step
    },
  }
}

test.each([408, 429, 500, 502, 503, 504])('repeats after %d', async (status) => {
  const { fetch, calls } = script(answer(status), answer(200))
  expect((await retry(policy)(fetch)(request)).status).toBe(200)
  expect(calls()).toBe(2)
})

test.each([200, 301, 400, 401, 403, 404, 501])('returns %d as it is', async (status) => {
  const { fetch, calls } = script(answer(status))
  expect((await retry(policy)(fetch)(request)).status).toBe(status)
  expect(calls()).toBe(1)
})

test('gives up after the last attempt and returns its answer', async () => {
  const { fetch, calls } = script(answer(503))
  expect((await retry({ ...policy, attempts: 3 })(fetch)(request)).status).toBe(503)
  expect(calls()).toBe(3)
})

test('repeats temporary failures only', async () => {
  const reset = new RegistryError('REGISTRY_UNREACHABLE', 'reset', { temporary: true })
  const recovered = script(reset, answer(200))
  expect((await retry(policy)(recovered.fetch)(request)).status).toBe(200)
  for (const error of [new RegistryError('REGISTRY_UNREACHABLE', 'no such host'), new Error('bug')]) {
    const { fetch, calls } = script(error)
    await expect(retry(policy)(fetch)(request)).rejects.toBe(error)
    expect(calls()).toBe(1)
  }
})

test('asks a silent registry twice', async () => {
  const { fetch, calls } = script(new RegistryError('REGISTRY_TIMEOUT', 'silent', { temporary: true }))
  await expect(retry(policy)(fetch)(request)).rejects.toMatchObject({ code: 'REGISTRY_TIMEOUT' })
  expect(calls()).toBe(2)
})

test('never repeats a request whose body can be sent once', async () => {
  const { fetch, calls } = script(answer(503))
  expect((await retry(policy)(fetch)({ ...request, once: true })).status).toBe(503)
  expect(calls()).toBe(1)
})

test('waits as long as Retry-After asks, in seconds or until a date, and tells', async () => {
  const events: RetryEvent[] = []
  const { fetch } = script(
    answer(429, { 'retry-after': '1' }),
    answer(429, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }),
    answer(200),
  )
  await retry(policy, (event) => events.push(event))(fetch)(request)
  expect(events).toMatchObject([
    {
      request: 'GET https://registry.example/v2/?…',
      attempt: 1,
      delay: 1000,
      reason: 'registry.example answered 429 Too Many Requests',
    },
    { attempt: 2, reason: 'registry.example answered 429 Too Many Requests' },
  ])
  expect(events[1]?.delay).toBeLessThanOrEqual(2)
})

test('reads a date by the clock of the server', async () => {
  const delays: number[] = []
  const { fetch } = script(
    answer(429, { 'retry-after': 'Thu, 01 Jan 2099 00:00:01 GMT', date: 'Thu, 01 Jan 2099 00:00:00 GMT' }),
    answer(200),
  )
  await retry(policy, ({ delay }) => delays.push(delay))(fetch)(request)
  expect(delays).toEqual([1000])
})

test('does not wait for longer than the bound', async () => {
  const { fetch, calls } = script(answer(429, { 'retry-after': '3600' }))
  expect((await retry(policy)(fetch)(request)).status).toBe(429)
  expect(calls()).toBe(1)
})

test('does not wait for longer than the bound in total', async () => {
  const waits: number[] = []
  const { fetch, calls } = script(answer(429, { 'retry-after': '1' }))
  const send = retry({ ...policy, maxWait: 1500 }, ({ delay }) => waits.push(delay))(fetch)
  expect((await send(request)).status).toBe(429)
  expect([calls(), waits]).toEqual([2, [1000]])
})

test('an abort ends the wait with its reason', async () => {
  const controller = new AbortController()
  const { fetch, calls } = script(answer(429, { 'retry-after': '50' }))
  const reason = new Error('enough')
  const pending = retry(policy, () => controller.abort(reason))(fetch)({ ...request, signal: controller.signal })
  await expect(pending).rejects.toBe(reason)
  expect(calls()).toBe(1)
})

test('the wait doubles up to its limit, half of it random', () => {
  for (let attempt = 1; attempt < 40; attempt++) {
    const full = Math.min(defaultRetryPolicy.maxDelay, defaultRetryPolicy.delay * 2 ** (attempt - 1))
    const wait = backoff(defaultRetryPolicy, attempt)
    expect(wait).toBeGreaterThanOrEqual(full / 2)
    expect(wait).toBeLessThanOrEqual(full)
  }
})
