import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { expect, test, vi } from 'vitest'
import { catalogAccess, parseScopes } from '../names/scope.ts'
import { Authority } from './authority.ts'
import { htpasswdUsers, onlyUser } from './passwords.ts'

const base = 'https://registry.example'
const pull = parseScopes(['repository:a:pull'])
const push = parseScopes(['repository:a:pull,push'])
const users = onlyUser('ann', 'secret')

function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
}

async function refusalOf(request: Promise<unknown>): Promise<string> {
  try {
    await request
  } catch (error) {
    if (error instanceof Error && 'headers' in error) return JSON.stringify(error.headers)
    throw error
  }
  throw new Error('The request was allowed')
}

test('without users everything is allowed', async () => {
  const authority = new Authority({ anonymous: [] })
  expect(await authority.authorize({ authorization: undefined, base }, push)).toBeUndefined()
  expect(await authority.authorize({ authorization: 'Bearer x', base }, push)).toBeUndefined()
})

test('a challenge names the address of tokens and the scope', async () => {
  const authority = new Authority({ users, anonymous: [] })
  const refusal = await refusalOf(authority.authorize({ authorization: undefined, base }, push))
  expect(JSON.parse(refusal)).toEqual({
    'www-authenticate': `Bearer realm="${base}/token",service="tsbuild-registry",scope="repository:a:pull,push"`,
  })
})

test('a password is right or wrong', async () => {
  const authority = new Authority({ users, anonymous: [] })
  expect(await authority.authorize({ authorization: basic('ann', 'secret'), base }, push)).toBe('ann')
  for (const authorization of [
    basic('ann', 'Secret'),
    basic('bob', 'secret'),
    basic('', ''),
    'Basic !',
    'Basic',
    'Digest x',
  ])
    await refusalOf(authority.authorize({ authorization, base }, pull))
})

test('a token gives the rights it was issued for, until it expires', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  try {
    const authority = new Authority({ users, anonymous: [] })
    const authorization = `Bearer ${String((await authority.issueToken('ann', pull))['token'])}`
    expect(await authority.authorize({ authorization, base }, pull)).toBe('ann')
    expect(await refusalOf(authority.authorize({ authorization, base }, push))).toContain('insufficient_scope')
    const elsewhere = parseScopes(['repository:b:pull'])
    expect(await refusalOf(authority.authorize({ authorization, base }, elsewhere))).toContain('insufficient_scope')
    expect(await refusalOf(authority.authorize({ authorization, base }, [catalogAccess]))).toContain(
      'insufficient_scope',
    )
    vi.setSystemTime(Date.now() + 301_000)
    expect(await refusalOf(authority.authorize({ authorization, base }, pull))).toContain('invalid_token')
  } finally {
    vi.useRealTimers()
  }
})

test('a changed token, and one of another server, is refused', async () => {
  const authority = new Authority({ users, anonymous: [] })
  const token = String((await authority.issueToken('ann', pull))['token'])
  const [header = '', body = '', signature = ''] = token.split('.')
  const claims: { access: unknown } = JSON.parse(Buffer.from(body, 'base64url').toString())
  const more = Buffer.from(JSON.stringify({ ...claims, access: push })).toString('base64url')
  const unsigned = Buffer.from('{"alg":"none"}').toString('base64url')
  const foreign = String((await new Authority({ users, anonymous: [] }).issueToken('ann', pull))['token'])
  for (const forged of [
    `${header}.${more}.${signature}`,
    `${unsigned}.${body}.`,
    `${header}.${body}`,
    foreign,
    '',
    '..',
    'x'.repeat(99_999),
  ])
    await refusalOf(authority.authorize({ authorization: `Bearer ${forged}`, base }, pull))
})

test('anonymous reading: without a password, and with a token for it', async () => {
  const authority = new Authority({ users, anonymous: ['pull'] })
  expect(await authority.authorize({ authorization: undefined, base }, pull)).toBeUndefined()
  await refusalOf(authority.authorize({ authorization: undefined, base }, push))
  // The base path has no scope: clients learn there that there are users.
  await refusalOf(authority.authorize({ authorization: undefined, base }, []))
  const authorization = `Bearer ${String((await authority.issueToken(undefined, push))['token'])}`
  expect(await authority.authorize({ authorization, base }, pull)).toBe('')
  await refusalOf(authority.authorize({ authorization, base }, push))
})

test('users of htpasswd, read again when the file changes', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'users')
  // bcrypt of "secret", cost 4.
  const hash = '$2b$04$6xMOGh4uBi93xMsWc7nMPe1yIxzuQlZFB9x.ra.OAMEz8VDoQz9Ka'
  await writeFile(path, `# users\n\nann:${hash}\n`)
  const passwords = await htpasswdUsers(path)
  expect(await passwords.check('ann', 'secret')).toBe(true)
  expect(await passwords.check('ann', 'secret')).toBe(true)
  expect(await passwords.check('ann', 'wrong')).toBe(false)
  expect(await passwords.check('bob', 'secret')).toBe(false)
  await writeFile(path, `bob:${hash.replace('$2b$', '$2y$')}\n`)
  expect(await passwords.check('bob', 'secret')).toBe(true)
  expect(await passwords.check('ann', 'secret')).toBe(false)
})

test('too many logins at once are refused', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'users')
  await writeFile(path, 'ann:$2b$04$6xMOGh4uBi93xMsWc7nMPe1yIxzuQlZFB9x.ra.OAMEz8VDoQz9Ka\n')
  const authority = new Authority({ users: await htpasswdUsers(path), anonymous: [] })
  const results = await Promise.allSettled(Array.from({ length: 40 }, () => authority.isUser('ann', 'wrong')))
  const refused = results.filter((result) => result.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  expect(refused[0]).toMatchObject({ reason: { code: 'TOOMANYREQUESTS' } })
})

test.each(['ann:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'ann:$apr1$a$b', 'ann', ':x', 'ann:secret', ''])(
  'htpasswd with the line %j is refused',
  async (line) => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'users')
    await writeFile(path, `${line}\n`)
    await expect(htpasswdUsers(path)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  },
)
