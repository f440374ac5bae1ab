import { expect, test } from 'vitest'
import type { HttpRequest, HttpResponse } from '../http.ts'
import { redirect } from './redirect.ts'

const request: HttpRequest = {
  method: 'GET',
  url: new URL('https://registry.example/v2/app/blobs/x'),
  headers: { authorization: 'Bearer secret', range: 'bytes=5-' },
}

/** Follows `locations` in turn and answers 200 at the end; gives every request that was made. */
async function follow(start: HttpRequest, locations: readonly string[], status = 307): Promise<readonly HttpRequest[]> {
  const seen: HttpRequest[] = []
  const fetch = async (one: HttpRequest): Promise<HttpResponse> => {
    const location = locations[seen.length]
    seen.push(one)
    const headers = new Headers(location === undefined ? {} : { location })
    return { status: location === undefined ? 200 : status, url: one.url, headers, body: (async function* () {})() }
  }
  await redirect(5)(fetch)(start)
  return seen
}

test('keeps credentials on the same origin and drops them elsewhere', async () => {
  const seen = await follow(request, ['/other?x=1', 'https://cdn.example/blob', 'https://registry.example/back'])
  expect(seen.map((one) => one.url.href)).toEqual([
    request.url.href,
    'https://registry.example/other?x=1',
    'https://cdn.example/blob',
    'https://registry.example/back',
  ])
  expect(seen.map((one) => one.headers['authorization'])).toEqual([
    'Bearer secret',
    'Bearer secret',
    undefined,
    undefined,
  ])
  expect(seen.map((one) => one.headers['range'])).toEqual(['bytes=5-', 'bytes=5-', 'bytes=5-', 'bytes=5-'])
})

test.each([
  'https://registry.example:8443/',
  'https://registry.example.evil.example/',
  'https://sub.registry.example/',
])('takes %s for another origin', async (location) => {
  expect((await follow(request, [location])).map((one) => 'authorization' in one.headers)).toEqual([true, false])
})

test.each(['http://registry.example/', 'file:///etc/passwd', 'ftp://registry.example/'])(
  'refuses to go from https to %s',
  async (location) => {
    await expect(follow(request, [location])).rejects.toMatchObject({ code: 'REGISTRY_PROTOCOL' })
  },
)

test('a form, which may hold a token, is not repeated elsewhere', async () => {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('refresh_token=secret')
  }
  const form: HttpRequest = { ...request, method: 'POST', body }
  expect(await follow(form, ['/other'])).toHaveLength(2)
  await expect(follow(form, ['https://evil.example/'])).rejects.toMatchObject({ code: 'REGISTRY_PROTOCOL' })
})

test('does not tell the query of a refused redirect', async () => {
  await expect(follow(request, ['http://cdn.example/b?sig=secret'])).rejects.toThrow(
    'refused redirect from https: to http://cdn.example/b?…',
  )
})

test('goes from plain http to https', async () => {
  const seen = await follow({ ...request, url: new URL('http://localhost:5000/v2/') }, ['https://cdn.example/'])
  expect(seen).toHaveLength(2)
})

test('ends a circle', async () => {
  await expect(
    follow(
      request,
      Array.from({ length: 6 }, () => '/again'),
    ),
  ).rejects.toThrow('more than 5 redirects')
  expect(
    await follow(
      request,
      Array.from({ length: 5 }, () => '/again'),
    ),
  ).toHaveLength(6)
})

test('303 becomes a GET without a body, 307 stays what it was', async () => {
  const put: HttpRequest = { ...request, method: 'PUT', body: async function* () {} }
  expect((await follow(put, ['/see'], 303)).map((one) => [one.method, 'body' in one])).toEqual([
    ['PUT', true],
    ['GET', false],
  ])
  expect((await follow(put, ['/see'], 307)).map((one) => [one.method, 'body' in one])).toEqual([
    ['PUT', true],
    ['PUT', true],
  ])
})

test('does not send an upload elsewhere', async () => {
  await expect(follow({ ...request, method: 'PUT', once: true }, ['/see'])).rejects.toMatchObject({
    code: 'REGISTRY_PROTOCOL',
    status: 307,
  })
})
