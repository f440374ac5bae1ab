import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { RegistryError } from '../errors.ts'
import type { Fetch, HttpRequest, HttpResponse } from '../http.ts'
import type { Credential, Keychain } from '../keychain/keychain.ts'
import { auth } from './auth.ts'

const user: Credential = { kind: 'basic', username: 'ann', password: 'p:w' }
const bearer = 'Bearer realm="https://auth.example/token",service="registry.example"'

interface World {
  readonly send: (request: HttpRequest) => Promise<HttpResponse>
  readonly seen: readonly HttpRequest[]
  tokensIssued(): number
  /** Makes the registry refuse the tokens given so far. */
  revoke(): void
  clock: { now: number }
}

/**
 * A registry that wants `challenge` answered and a token server beside it, both inside one
 * function.
 */
function world(keychain: Keychain, challenge: string = bearer, lifetime: number = 300, refuses = false): World {
  const seen: HttpRequest[] = []
  const clock = { now: 0 }
  let issued = 0
  let firstValid = 1
  const answer = (
    request: HttpRequest,
    status: number,
    headers: Record<string, string> = {},
    body = '',
  ): HttpResponse => ({
    status,
    url: request.url,
    headers: new Headers(headers),
    body: (async function* () {
      yield Buffer.from(body)
    })(),
  })
  const accepts = (authorization: string | undefined): boolean => {
    const number = Number(/^Bearer token-(\d+)$/.exec(authorization ?? '')?.[1] ?? 0)
    return number >= firstValid || authorization === `Basic ${Buffer.from('ann:p:w').toString('base64')}`
  }
  const fetch = async (request: HttpRequest): Promise<HttpResponse> => {
    seen.push(request)
    if (request.url.host === 'auth.example') {
      if (refuses && request.headers['authorization'] !== undefined) return answer(request, 403)
      return answer(request, 200, {}, JSON.stringify({ token: `token-${++issued}`, expires_in: lifetime }))
    }
    if (!accepts(request.headers['authorization'])) return answer(request, 401, { 'www-authenticate': challenge })
    return answer(request, 200)
  }
  return {
    send: auth(keychain, () => clock.now)(fetch),
    seen,
    tokensIssued: () => issued,
    revoke: () => (firstValid = issued + 1),
    clock,
  }
}

const keys = (credential: Credential | undefined): Keychain => ({ credentialFor: async () => credential })

function pull(repository: string, ...scopes: readonly string[]): HttpRequest {
  const access = {
    registry: 'registry.example',
    repository,
    scopes: scopes.length > 0 ? scopes : [`repository:${repository}:pull`],
  }
  return { method: 'GET', url: new URL(`https://registry.example/v2/${repository}/x`), headers: {}, access }
}

test('asks for a token with the scopes of the request, once', async () => {
  const { send, seen } = world(keys(user))
  expect((await send(pull('app', 'repository:app:pull,push', 'repository:base:pull'))).status).toBe(200)
  expect((await send(pull('app', 'repository:app:pull,push', 'repository:base:pull'))).status).toBe(200)
  const token = seen.filter(({ url }) => url.host === 'auth.example')
  expect(token).toHaveLength(1)
  expect(token[0]?.url.searchParams.getAll('scope')).toEqual(['repository:app:pull,push', 'repository:base:pull'])
  expect(token[0]?.url.searchParams.get('service')).toBe('registry.example')
  expect(token[0]?.headers['authorization']).toBe(`Basic ${Buffer.from('ann:p:w').toString('base64')}`)
  expect(seen).toHaveLength(4)
})

test('adds the scope of the challenge', async () => {
  const { send, seen } = world(keys(undefined), `${bearer},scope="repository:org/app:pull"`)
  await send(pull('app'))
  expect(seen[1]?.url.searchParams.getAll('scope')).toEqual(['repository:app:pull', 'repository:org/app:pull'])
  expect(seen[1]?.headers).toEqual({})
})

test('keeps tokens apart by scope and repository', async () => {
  const { send, tokensIssued } = world(keys(user))
  await send(pull('a'))
  await send(pull('b'))
  await send(pull('a', 'repository:a:pull,push'))
  await send(pull('a'))
  expect(tokensIssued()).toBe(3)
})

test('concurrent requests share one token request', async () => {
  const { send, tokensIssued } = world(keys(user))
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(pull('app'))))
  expect(answers.map(({ status }) => status)).not.toContain(401)
  expect(tokensIssued()).toBe(1)
})

test('asks the keychain again before a credential expires', async () => {
  let lookUps = 0
  const keychain: Keychain = {
    credentialFor: async () => {
      lookUps++
      return { ...user, expires: lookUps * 100_000 }
    },
  }
  const { send, clock } = world(keychain)
  await send(pull('app'))
  clock.now = 60_000
  await send(pull('app'))
  expect(lookUps).toBe(1)
  clock.now = 80_000
  await Promise.all([send(pull('app')), send(pull('app'))])
  expect(lookUps).toBe(2)
})

test.each([
  { ambient: true, scope: 'pull', status: 200 },
  { ambient: true, scope: 'pull,push', status: undefined },
  { ambient: false, scope: 'pull', status: undefined },
])('a refused credential (ambient: $ambient) for $scope', async ({ ambient, scope, status }) => {
  const { send } = world(keys({ ...user, ambient }), bearer, 300, true)
  const answer = send(pull('app', `repository:app:${scope}`))
  if (status === undefined) await expect(answer).rejects.toMatchObject({ code: 'REGISTRY_DENIED' })
  else expect((await answer).status).toBe(status)
})

test('replaces a token before it expires', async () => {
  const { send, seen, clock, tokensIssued } = world(keys(user))
  await send(pull('app'))
  clock.now += 289_000
  await send(pull('app'))
  expect(tokensIssued()).toBe(1)
  clock.now += 2000
  await send(pull('app'))
  expect(tokensIssued()).toBe(2)
  expect(seen.filter(({ url }) => url.host === 'registry.example')).toHaveLength(4)
})

test('replaces a token the registry refuses in mid-flight, once for all who hold it', async () => {
  const { send, revoke, tokensIssued } = world(keys(user))
  await send(pull('app'))
  revoke()
  const answers = await Promise.all([send(pull('app')), send(pull('app')), send(pull('app'))])
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(tokensIssued()).toBe(2)
})

test('a refused upload is not sent again, but the next attempt has a fresh token', async () => {
  const { send, seen, revoke, tokensIssued } = world(keys(user))
  await send(pull('app'))
  revoke()
  const before = seen.length
  expect((await send({ ...pull('app'), method: 'PUT', once: true })).status).toBe(401)
  expect(seen.slice(before).filter(({ method }) => method === 'PUT')).toHaveLength(1)
  expect((await send({ ...pull('app'), method: 'PUT', once: true })).status).toBe(200)
  expect(tokensIssued()).toBe(2)
})

test('exchanges an identity token by the refresh-token grant', async () => {
  const { send, seen } = world(keys({ kind: 'identity', token: 'refresh me' }))
  expect((await send(pull('app'))).status).toBe(200)
  const [, token] = seen
  expect(token?.method).toBe('POST')
  expect(token?.url.search).toBe('')
  const chunks: Uint8Array[] = []
  for await (const chunk of token?.body?.() ?? []) chunks.push(chunk)
  expect(Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString()))).toEqual({
    grant_type: 'refresh_token',
    client_id: 'tsbuild',
    service: 'registry.example',
    scope: 'repository:app:pull',
    refresh_token: 'refresh me',
  })
})

test('answers Basic, and leaves the 401 alone without a credential', async () => {
  const known = world(keys(user), 'Basic realm="x"')
  expect((await known.send(pull('app'))).status).toBe(200)
  expect((await known.send(pull('app'))).status).toBe(200)
  expect(known.seen).toHaveLength(3)
  const nobody = world(keys(undefined), 'Basic realm="x"')
  expect((await nobody.send(pull('app'))).status).toBe(401)
  expect(nobody.seen).toHaveLength(1)
})

/** A server that takes one password, which changes, and a keychain that has the renewed one. */
function renewing(
  scheme: 'basic' | 'bearer',
  status = 401,
): { readonly send: Fetch; expire(): void; readonly lookUps: () => number } {
  let valid = 'old'
  let lookUps = 0
  const keychain: Keychain = {
    credentialFor: async () => ({ kind: 'basic', username: 'ann', password: lookUps++ === 0 ? 'old' : 'new' }),
  }
  const respond = (request: HttpRequest, code: number, body = ''): HttpResponse => ({
    status: code,
    url: request.url,
    headers: new Headers({ 'www-authenticate': scheme === 'basic' ? 'Basic realm="x"' : bearer }),
    body: (async function* () {
      yield Buffer.from(body)
    })(),
  })
  const send = auth(keychain)(async (request) => {
    const { authorization } = request.headers
    const isRight = authorization === `Basic ${btoa(`ann:${valid}`)}` || authorization === `Bearer ${valid}`
    if (request.url.host === 'auth.example') return respond(request, isRight ? 200 : 401, `{"token":"${valid}"}`)
    return respond(request, isRight ? 200 : authorization === undefined ? 401 : status)
  })
  return { send, expire: () => (valid = 'new'), lookUps: () => lookUps }
}

test.each([
  { scheme: 'basic', status: 401 },
  { scheme: 'basic', status: 403 },
  { scheme: 'bearer', status: 401 },
] as const)('looks for a credential once more when $scheme is refused with $status', async ({ scheme, status }) => {
  const { send, expire, lookUps } = renewing(scheme, status)
  await send(pull('app'))
  expire()
  const answers = await Promise.all([send(pull('app')), send(pull('app')), send(pull('app'))])
  expect([answers.map((answer) => answer.status), lookUps()]).toEqual([[200, 200, 200], 2])
})

test('looks once, not more, where the credential is the same', async () => {
  let lookUps = 0
  const keychain: Keychain = {
    credentialFor: async () => {
      lookUps++
      return { ...user, password: 'wrong' }
    },
  }
  const { send, seen } = world(keychain, 'Basic realm="x"')
  expect((await send(pull('app'))).status).toBe(401)
  expect([lookUps, seen.length]).toEqual([2, 2])
})

test('sends nothing of ours without access, or to where a redirect led', async () => {
  const { send, seen } = world(keys(user))
  const { access: _, ...bare } = pull('app')
  expect((await send(bare)).status).toBe(401)
  const elsewhere = auth(keys(user))(async (request) => {
    const url = new URL('https://evil.example/')
    return {
      status: 401,
      url,
      headers: new Headers({ 'www-authenticate': 'Basic realm="x"' }),
      body: request.body?.() ?? (async function* () {})(),
    }
  })
  expect((await elsewhere(pull('app'))).status).toBe(401)
  expect(seen.every(({ headers }) => headers['authorization'] === undefined)).toBe(true)
})

test.each(['Bearer realm="http://auth.example/token"', 'Bearer realm="file:///etc/passwd"', 'Bearer realm="nonsense"'])(
  'refuses %s from an https registry',
  async (challenge) => {
    const { send, seen } = world(keys(user), challenge)
    await expect(send(pull('app'))).rejects.toMatchObject({ code: 'REGISTRY_PROTOCOL' })
    expect(seen).toHaveLength(1)
  },
)

test('a broken keychain does not keep public content away, and explains a refusal', async () => {
  const broken = new RegistryError('CREDENTIALS_UNREADABLE', 'helper missing')
  const keychain: Keychain = { credentialFor: () => Promise.reject(broken) }
  expect((await world(keychain).send(pull('app'))).status).toBe(200)
  await expect(world(keychain, 'Basic realm="x"').send(pull('app'))).rejects.toBe(broken)
})

test('a token request that fails after its waiter left ends quietly', async () => {
  const failures: unknown[] = []
  const note = (reason: unknown): void => void failures.push(reason)
  process.on('unhandledRejection', note)
  const send = auth({ credentialFor: async () => undefined })(async (asked) => {
    if (asked.url.host === 'auth.example') throw new RegistryError('REGISTRY_UNREACHABLE', 'no answer')
    const headers = new Headers({ 'www-authenticate': bearer })
    return { status: 401, url: asked.url, headers, body: (async function* () {})() }
  })
  await expect(send(pull('app'))).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' })
  await expect(send({ ...pull('app'), signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' })
  await sleep(0)
  process.off('unhandledRejection', note)
  expect(failures).toEqual([])
})
