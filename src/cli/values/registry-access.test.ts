import { expect, test } from 'vitest'
import { invocationOf, MemorySink } from '../testing/invocation.ts'
import { allowsInsecure, credsOfNames, withRegistryFiles } from './registry-access.ts'

const read = (text: string, names: readonly string[]): Promise<unknown> =>
  credsOfNames('--creds', text, { names, invocation: invocationOf() })

test('a credential counts for the repositories of the names alone', async () => {
  const credential = { username: 'ann', password: 'p:w' }
  expect(await read('ann:p:w', ['r.example/team/app:1', 'r.example/b'])).toEqual({
    'r.example/team/app': credential,
    'r.example/b': credential,
  })
})

test.each(['ann:', ':geheim', ''])('"%s" is no credential, and is not repeated', async (text) => {
  await expect(read(text, ['r.example/a'])).rejects.toThrow(/^invalid --creds: expected USER:PASSWORD or USER$/)
})

test('a password that is left out is a question, or an error without a terminal', async () => {
  await expect(read('ann', ['r.example/a'])).rejects.toMatchObject({
    message: 'missing password in --creds: standard input is not a terminal',
    hint: expect.stringContaining('tsbuild login -u ann --password-stdin r.example'),
  })
  const stderr = new MemorySink()
  const stdin = {
    isTTY: true,
    setRawMode: () => {},
    [Symbol.asyncIterator]: async function* () {
      yield Buffer.from('geheim\r')
    },
  }
  const invocation = { ...invocationOf({}, { stderr }), stdin }
  const names = ['r.example/a']
  expect(await credsOfNames('--creds', 'ann', { names, invocation })).toEqual({
    'r.example/a': { username: 'ann', password: 'geheim' },
  })
  expect(stderr.text).toBe('Password of ann at r.example: \r\n')
})

test('--tls-verify=false is --insecure', () => {
  expect(allowsInsecure({})).toBe(false)
  expect(allowsInsecure({ insecure: true })).toBe(true)
  expect(allowsInsecure({ tlsVerify: 'false' })).toBe(true)
  expect(allowsInsecure({ tlsVerify: 'true' })).toBe(false)
  expect(() => allowsInsecure({ tlsVerify: 'no' })).toThrow('invalid --tls-verify "no": expected true or false')
})

test('a credential goes to one registry', async () => {
  await expect(read('ann:pw', ['r.example/a', 'alpine'])).rejects.toThrow(
    '--creds is for one registry, and the names have several: r.example, docker.io',
  )
})

test('a file of --authfile must be readable', async () => {
  const call = { env: { HOME: '/root' }, cwd: import.meta.dirname }
  expect(await withRegistryFiles(call, {})).toBe(call.env)
  expect(await withRegistryFiles(call, { authfile: 'registry-access.ts', certDir: 'places' })).toEqual({
    HOME: '/root',
    REGISTRY_AUTH_FILE: `${import.meta.dirname}/registry-access.ts`,
    TSBUILD_CERT_DIR: `${import.meta.dirname}/places`,
  })
  await expect(withRegistryFiles(call, { authfile: 'no.json' })).rejects.toThrow('cannot read --authfile "no.json"')
  await expect(withRegistryFiles(call, { certDir: 'no' })).rejects.toThrow('cannot read --cert-dir "no"')
})
