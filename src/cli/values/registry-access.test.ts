import { expect, test } from 'vitest'
import { allowsInsecure, parseCreds, withAuthFile } from './registry-access.ts'

test('a credential counts for the repositories of the names alone', () => {
  const credential = { username: 'ann', password: 'p:w' }
  expect(parseCreds('--creds', 'ann:p:w', ['r.example/team/app:1', 'r.example/b'])).toEqual({
    'r.example/team/app': credential,
    'r.example/b': credential,
  })
})

test.each(['ann', 'ann:', ':geheim', ''])('"%s" is no credential, and is not repeated', (text) => {
  expect(() => parseCreds('--creds', text, ['r.example/a'])).toThrow(/^invalid --creds: expected USER:PASSWORD$/)
})

test('--tls-verify=false is --insecure', () => {
  expect(allowsInsecure({})).toBe(false)
  expect(allowsInsecure({ insecure: true })).toBe(true)
  expect(allowsInsecure({ tlsVerify: 'false' })).toBe(true)
  expect(allowsInsecure({ tlsVerify: 'true' })).toBe(false)
  expect(() => allowsInsecure({ tlsVerify: 'no' })).toThrow('invalid --tls-verify "no": expected true or false')
})

test('a credential goes to one registry', () => {
  expect(() => parseCreds('--creds', 'ann:pw', ['r.example/a', 'alpine'])).toThrow(
    '--creds is for one registry, and the names have several: r.example, docker.io',
  )
})

test('a file of --authfile must be readable', async () => {
  const call = { env: { HOME: '/root' }, cwd: import.meta.dirname }
  expect(await withAuthFile(call, undefined)).toBe(call.env)
  expect(await withAuthFile(call, 'registry-access.ts')).toEqual({
    HOME: '/root',
    REGISTRY_AUTH_FILE: `${import.meta.dirname}/registry-access.ts`,
  })
  await expect(withAuthFile(call, 'missing.json')).rejects.toThrow('cannot read --authfile "missing.json"')
})
