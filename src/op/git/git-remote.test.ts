import { expect, test } from 'vitest'
import { gitRemote } from './git-remote.ts'

function remote(address: string, secrets: Readonly<Record<string, string>> = {}): ReturnType<typeof gitRemote> {
  const secret = async (id: string) => (secrets[id] === undefined ? undefined : Buffer.from(secrets[id]))
  return gitRemote(address, { secret, sshSocket: async (id) => `/agents/${id}` })
}

test('credentials are for the one repository, on github.com for all', async () => {
  const header = { GIT_AUTH_HEADER: 'Bearer b' }
  expect(await remote('https://h.example/r.git', header)).toEqual({
    url: 'https://h.example/r.git',
    config: [['http.https://h.example/r.git.extraheader', 'Authorization: Bearer b']],
  })
  expect((await remote('https://github.com/o/r.git', header)).config?.[0]?.[0]).toBe(
    'http.https://github.com/.extraheader',
  )
  expect((await remote('https://github.com.evil.example/o/r.git', header)).config?.[0]?.[0]).toContain(
    'evil.example/o/r.git',
  )
})

test('what an address itself knows is taken out of it, and counts when there is no secret', async () => {
  const own = `basic ${Buffer.from('me:p@ss').toString('base64')}`
  expect(await remote('https://me:p%40ss@h.example/r.git')).toEqual({
    url: 'https://h.example/r.git',
    config: [['http.https://h.example/r.git.extraheader', `Authorization: ${own}`]],
  })
  const given = await remote('https://me:p%40ss@h.example:8443/r.git', { 'GIT_AUTH_HEADER.h.example:8443': 'Bearer b' })
  expect(given.config?.[0]?.[1]).toBe('Authorization: Bearer b')
})

test('only ssh gets the agent', async () => {
  expect(await remote('git@h.example:r.git')).toEqual({ url: 'git@h.example:r.git', agent: '/agents/default' })
  expect(await remote('ssh://git@h.example/r')).toMatchObject({ agent: '/agents/default' })
  expect(await remote('git://h.example/r')).toEqual({ url: 'git://h.example/r' })
  expect(await remote('https://h.example/r.git')).toEqual({ url: 'https://h.example/r.git' })
})
