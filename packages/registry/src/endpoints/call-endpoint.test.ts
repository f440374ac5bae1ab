import { expect, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import type { RegistryError } from '../errors.ts'
import type { Repository } from '../repository.ts'
import { startChaos, type ChaosHandler } from '../testing/chaos-server.ts'
import { sampleBlob } from '../testing/content.ts'

const blob = sampleBlob('hello')

/** The error of a push to a registry that answers like this. */
async function failure(
  handle: ChaosHandler,
  act: (repository: Repository) => Promise<unknown> = put,
): Promise<RegistryError & { host: string }> {
  await using server = await startChaos(handle)
  await using client = createRegistryClient({ retry: { attempts: 1 } })
  const outcome = await act(client.repository({ registry: server.host, repository: 'app' })).catch(
    (error: unknown) => error,
  )
  return Object.assign(outcome as RegistryError, { host: server.host })
}

const put = (repository: Repository): Promise<void> => repository.put(blob.descriptor, blob.content)

/** Lets a push come to its PUT and answers that. */
function atPut(status: number, body: string, headers: Record<string, string> = {}): ChaosHandler {
  return ({ method }, response) => {
    if (method === 'HEAD') return response.writeHead(404).end()
    if (method === 'POST') return response.writeHead(202, { location: '/v2/app/blobs/uploads/1?_state=a%20b' }).end()
    return response.writeHead(status, headers).end(body)
  }
}

const wire = (code: string, message: string): string =>
  JSON.stringify({ errors: [{ code, message, detail: { a: 1 } }] })

test('says what was done, to what, and what the registry answered', async () => {
  const error = await failure(atPut(401, wire('UNAUTHORIZED', 'authentication required')))
  expect(error.message).toBe(
    `push blob ${blob.descriptor.digest} to ${error.host}/app: 401 Unauthorized: UNAUTHORIZED authentication required`,
  )
  expect(error).toMatchObject({
    code: 'REGISTRY_UNAUTHORIZED',
    status: 401,
    temporary: false,
    errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }],
    registry: error.host,
  })
})

test.each([
  [400, 'DIGEST_INVALID', 'REGISTRY_PROTOCOL', false],
  [400, 'MANIFEST_INVALID', 'REGISTRY_MANIFEST_INVALID', false],
  [403, 'DENIED', 'REGISTRY_DENIED', false],
  [404, 'NAME_UNKNOWN', 'REGISTRY_NOT_FOUND', false],
  [413, 'SIZE_INVALID', 'REGISTRY_TOO_LARGE', false],
  [429, 'TOOMANYREQUESTS', 'REGISTRY_TOO_MANY_REQUESTS', true],
  [503, 'UNAVAILABLE', 'REGISTRY_UNAVAILABLE', true],
  [501, 'UNSUPPORTED', 'REGISTRY_UNAVAILABLE', false],
])('%d %s is %s', async (status, wireCode, code, temporary) => {
  expect(await failure(atPut(status, wire(wireCode, 'm')))).toMatchObject({
    code,
    status,
    temporary,
    errors: [{ code: wireCode, message: 'm' }],
  })
})

test('a huge error body is cut off', async () => {
  const error = await failure(atPut(500, wire('UNKNOWN', 'x'.repeat(50_000_000))))
  expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', errors: [] })
  expect(error.message.length).toBeLessThan(300)
})

test('many and long errors are bounded, control characters do not reach the terminal', async () => {
  const errors = Array.from({ length: 1000 }, () => ({
    code: 'A\u001B[31m',
    message: `\u001B]0;x\u0007${'y'.repeat(400)}`,
  }))
  const error = await failure(atPut(400, JSON.stringify({ errors }).slice(0, 40_000).concat('')))
  expect(error.errors).toEqual([])
  const few = await failure(atPut(400, JSON.stringify({ errors: errors.slice(0, 50) })))
  expect(few.errors).toHaveLength(10)
  expect(few.message).not.toMatch(/[\u0000-\u001F]/)
})

test.each(['{', 'null', '[]', '{"errors":{}}', '{"errors":[null,1,{"code":5}]}', '<html>nope</html>'])(
  'an error body of %j says nothing',
  async (body) => {
    const error = await failure(atPut(400, body))
    expect(error.message).toBe(`push blob ${blob.descriptor.digest} to ${error.host}/app: 400 Bad Request`)
  },
)

test('a plain text error is in the message', async () => {
  const error = await failure(atPut(400, 'no such luck\n', { 'content-type': 'text/plain; charset=utf-8' }))
  expect(error.message).toMatch(/400 Bad Request: no such luck$/)
})

test('an upload needs a Location that is as safe as the registry', async () => {
  const post =
    (headers: Record<string, string>): ChaosHandler =>
    (request, response) =>
      response.writeHead(request.method === 'HEAD' ? 404 : 202, request.method === 'HEAD' ? {} : headers).end()
  expect(await failure(post({}))).toMatchObject({ code: 'REGISTRY_PROTOCOL' })
  expect(await failure(post({ location: 'ftp://x/' }))).toMatchObject({ code: 'REGISTRY_PROTOCOL' })
  expect(await failure(post({ location: 'http://[' }))).toMatchObject({ code: 'REGISTRY_PROTOCOL' })
})

test('a closed port is REGISTRY_UNREACHABLE and temporary', async () => {
  await using client = createRegistryClient({ retry: { attempts: 1 } })
  const gone = await startChaos(() => {})
  await gone[Symbol.asyncDispose]()
  await expect(
    client.repository({ registry: gone.host, repository: 'app' }).has(blob.descriptor),
  ).rejects.toMatchObject({
    code: 'REGISTRY_UNREACHABLE',
    temporary: true,
  })
})

test.each(['{"name":', '{"tags":1}', '{"tags":["a",5]}', '{"tags":["../evil"]}', '[]'])(
  'a list of tags of %s is refused',
  async (body) => {
    const error = await failure(
      (_, response) => response.end(body),
      (repository) => repository.listTags(5),
    )
    expect(error).toMatchObject({ code: 'REGISTRY_PROTOCOL' })
  },
)

test('a list of tags follows its pages at the same registry, to its end or the limit', async () => {
  await using server = await startChaos(({ url }, response) => {
    const page = Number(new URL(url, 'http://x').searchParams.get('last') ?? 0)
    const link =
      page < 9
        ? { link: `</v2/app/tags/list?last=${page + 1}>; rel="next"` }
        : { link: '<http://evil.example/>; rel="next"' }
    response.writeHead(200, link).end(JSON.stringify({ name: 'app', tags: [`${page}.0`, `${page}.1`] }))
  })
  await using client = createRegistryClient()
  const repository = client.repository({ registry: server.host, repository: 'app' })
  expect(await repository.listTags(3)).toEqual(['0.0', '0.1', '1.0'])
  expect(server.received).toHaveLength(2)
  expect(await repository.listTags(100)).toHaveLength(20)
})
