import { expect, test } from 'vitest'
import { RegistryError } from '../errors.ts'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { breaker } from './breaker.ts'

const request: HttpRequest = { method: 'GET', url: new URL('https://registry.example/v2/'), headers: {} }
const other: HttpRequest = { ...request, url: new URL('https://other.example/v2/') }
const dead = new RegistryError('REGISTRY_UNREACHABLE', 'no answer', { temporary: true })

function answer(status: number): HttpResponse {
  return { status, url: request.url, headers: new Headers(), body: (async function* () {})() }
}

/** A breaker before hosts that answer as `outcome` says at the time. */
function start(): {
  readonly send: (request?: HttpRequest) => Promise<HttpResponse>
  outcome: HttpResponse | Error
  time: number
  asked: number
} {
  const state = {
    outcome: dead as HttpResponse | Error,
    time: 0,
    asked: 0,
    send: async (sent = request) => fetch(sent),
  }
  const fetch = breaker(() => state.time)(async () => {
    state.asked++
    if (state.outcome instanceof Error) throw state.outcome
    return state.outcome
  })
  return state
}

/** The error, or the status, of so many requests. */
async function repeat(state: ReturnType<typeof start>, times: number): Promise<readonly unknown[]> {
  const outcomes: unknown[] = []
  for (let count = 0; count < times; count++)
    outcomes.push(
      await state.send().then(
        ({ status }) => status,
        (error: unknown) => error,
      ),
    )
  return outcomes
}

test('a host that fails three times in a row is not asked again', async () => {
  const state = start()
  const outcomes = await repeat(state, 5)
  expect(state.asked).toBe(3)
  expect(outcomes.slice(0, 3)).toEqual([dead, dead, dead])
  expect(outcomes[4]).toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    temporary: false,
    message: 'registry.example has failed 3 requests in a row and gets no more for now: no answer',
  })
})

test('other hosts are still asked', async () => {
  const state = start()
  await repeat(state, 3)
  await expect(state.send(other)).rejects.toBe(dead)
})

test.each([429, 502, 503, 504])('%d counts as a failure, with its code', async (status) => {
  const state = start()
  state.outcome = answer(status)
  const outcomes = await repeat(state, 4)
  expect(outcomes.slice(0, 3)).toEqual([status, status, status])
  expect(outcomes[3]).toMatchObject({ status })
})

test.each([200, 401, 404, 500])('%d ends a row of failures', async (status) => {
  const state = start()
  for (let round = 0; round < 3; round++) {
    state.outcome = dead
    await repeat(state, 2)
    state.outcome = answer(status)
    expect(await repeat(state, 1)).toEqual([status])
  }
  expect(state.asked).toBe(9)
})

test('after a rest one request tries again, and its success lets the others through', async () => {
  const state = start()
  await repeat(state, 3)
  state.time = 30_000
  await repeat(state, 2)
  expect(state.asked).toBe(4)
  state.time = 60_000
  state.outcome = answer(200)
  expect(await repeat(state, 3)).toEqual([200, 200, 200])
})

test('failed attempts of an upload do not count', async () => {
  const state = start()
  for (let count = 0; count < 5; count++) await expect(state.send({ ...request, once: true })).rejects.toBe(dead)
  expect(state.asked).toBe(5)
})
