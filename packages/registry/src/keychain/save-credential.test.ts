import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Environment } from './docker-config.ts'
import { dockerKeychain } from './docker-keychain.ts'
import type { Credential } from './keychain.ts'
import { eraseCredential, saveCredential } from './save-credential.ts'

let home = ''
let env: Environment = {}
let file = ''

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-login-'))
  env = { HOME: home, PATH: `${home}/bin:${process.env['PATH']}` }
  file = join(home, '.docker', 'config.json')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const ann: Credential = { kind: 'basic', username: 'ann', password: 'p:w' }
const token: Credential = { kind: 'identity', token: 'refresh' }

async function read(): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}

test('what is saved is found, and after erasing it is not', async () => {
  await saveCredential('a.example', ann, { env })
  await saveCredential('docker.io', token, { env })
  const found = dockerKeychain({ env })
  expect(await found.credentialFor('a.example', 'x')).toEqual(ann)
  expect(await found.credentialFor('docker.io', 'library/x')).toEqual(token)
  expect(await eraseCredential('a.example', { env })).toBe(true)
  expect(await eraseCredential('a.example', { env })).toBe(false)
  expect(await dockerKeychain({ env }).credentialFor('a.example', 'x')).toBeUndefined()
})

test('the file is private, replaced as a whole, and nothing is left beside it', async () => {
  await mkdir(join(home, '.docker'))
  await writeFile(file, '{}', { mode: 0o644 })
  await saveCredential('a.example', ann, { env })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(join(home, '.docker'))).toEqual(['config.json'])
})

test('keeps what it does not know, and replaces other spellings of the same registry', async () => {
  await mkdir(join(home, '.docker'))
  await writeFile(
    file,
    JSON.stringify({
      detachKeys: 'ctrl-e',
      auths: { 'index.docker.io': { auth: 'old' }, 'b.example/team': { auth: 'kept' } },
    }),
  )
  await saveCredential('docker.io', ann, { env })
  expect(await read()).toEqual({
    detachKeys: 'ctrl-e',
    auths: {
      'b.example/team': { auth: 'kept' },
      'https://index.docker.io/v1/': { auth: Buffer.from('ann:p:w').toString('base64') },
    },
  })
})

test('many who log in at once lose nothing', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `r${index}.example`)
  await Promise.all(names.map((name) => saveCredential(name, ann, { env })))
  expect(await read()).toMatchObject({ auths: Object.fromEntries(names.map((name) => [name, expect.anything()])) })
  await Promise.all(names.map((name) => eraseCredential(name, { env })))
  expect(await read()).toEqual({ auths: {} })
  expect(await readdir(join(home, '.docker'))).toEqual(['config.json'])
})

test('a linked file stays linked', async () => {
  await mkdir(join(home, '.docker'))
  await writeFile(join(home, 'real.json'), '{}')
  await symlink('../real.json', file)
  await saveCredential('a.example', ann, { env })
  expect((await lstat(file)).isSymbolicLink()).toBe(true)
  expect(JSON.parse(await readFile(join(home, 'real.json'), 'utf8'))).toHaveProperty('auths')
})

test('REGISTRY_AUTH_FILE and DOCKER_CONFIG say where', async () => {
  await saveCredential('a.example', ann, { env: { ...env, DOCKER_CONFIG: join(home, 'd') } })
  await saveCredential('a.example', ann, {
    env: { ...env, DOCKER_CONFIG: join(home, 'd'), REGISTRY_AUTH_FILE: join(home, 'r', 'auth.json') },
  })
  expect((await readdir(home)).toSorted()).toEqual(['d', 'r'])
})

test('does not touch a file it cannot read', async () => {
  await mkdir(join(home, '.docker'))
  await writeFile(file, '{ broken')
  await expect(saveCredential('a.example', ann, { env })).rejects.toMatchObject({ code: 'CREDENTIALS_UNREADABLE' })
  expect(await readFile(file, 'utf8')).toBe('{ broken')
})

test('a configured helper keeps the secret instead of the file', async () => {
  await mkdir(join(home, '.docker'))
  await mkdir(join(home, 'bin'))
  const program = join(home, 'bin', 'docker-credential-note')
  await writeFile(program, `#!/bin/sh\n(echo "$1"; cat; echo) >> ${home}/note\n`)
  await chmod(program, 0o755)
  await writeFile(file, JSON.stringify({ credsStore: 'note' }))
  await saveCredential('docker.io', ann, { env })
  await saveCredential('a.example', token, { env })
  await eraseCredential('a.example', { env })
  expect((await readFile(join(home, 'note'), 'utf8')).trim().split('\n')).toEqual([
    'store',
    '{"ServerURL":"https://index.docker.io/v1/","Username":"ann","Secret":"p:w"}',
    'store',
    '{"ServerURL":"a.example","Username":"<token>","Secret":"refresh"}',
    'erase',
    'a.example',
  ])
  expect(await read()).toEqual({ credsStore: 'note' })
})
