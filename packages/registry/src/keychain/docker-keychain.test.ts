import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Environment } from './docker-config.ts'
import { dockerKeychain } from './docker-keychain.ts'
import type { Credential } from './keychain.ts'

let home = ''
let env: Environment = {}

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-keychain-'))
  env = { HOME: home, PATH: `${home}/bin:${process.env['PATH']}` }
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(join(home, path)), { recursive: true })
  await writeFile(join(home, path), typeof content === 'string' ? content : JSON.stringify(content))
}

/** Installs `docker-credential-NAME`, a shell script. */
async function helper(name: string, script: string): Promise<void> {
  await write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`)
  await chmod(join(home, 'bin', `docker-credential-${name}`), 0o755)
}

const encoded = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') })
const user = (username: string, password = 'pw'): Credential => ({ kind: 'basic', username, password })

test('no file is no credential', async () => {
  expect(await dockerKeychain({ env }).credentialFor('registry.example', 'app')).toBeUndefined()
})

test('reads every form of an entry', async () => {
  await write('.docker/config.json', {
    auths: {
      'a.example': encoded('ann:p:w'),
      'b.example': { username: 'bob', password: 'pw' },
      'c.example': { ...encoded('00000000-0000-0000-0000-000000000000:'), identitytoken: 'refresh' },
      'd.example': {},
      'e.example': encoded('eve:pw\0\0'),
      'f.example': encoded('no colon'),
      'g.example': null,
      'h.example': { auth: 7, username: 'x' },
    },
  })
  const keychain = dockerKeychain({ env })
  const found = await Promise.all([...'abcdefgh'].map((letter) => keychain.credentialFor(`${letter}.example`, 'app')))
  expect(found).toEqual([
    user('ann', 'p:w'),
    user('bob'),
    { kind: 'identity', token: 'refresh' },
    undefined,
    user('eve'),
    undefined,
    undefined,
    undefined,
  ])
})

test.each([
  ['registry.example', 'other', 'host'],
  ['registry.example', 'team/other', 'team'],
  ['registry.example', 'team/app', 'app'],
  ['registry.example', 'team/app/sub', 'app'],
  ['registry.example', 'teams/app', 'host'],
  ['REGISTRY.example', 'x', 'host'],
  ['registry.example:443', 'x', undefined],
  ['registry.example.evil.example', 'x', undefined],
  ['my-registry.example', 'x', undefined],
  ['example', 'x', undefined],
  ['docker.io', 'library/alpine', 'hub'],
  ['index.docker.io', 'library/alpine', 'hub'],
  ['registry-1.docker.io', 'library/alpine', 'hub'],
  ['docker.io.evil.example', 'library/alpine', undefined],
  ['old.example', 'x', 'old'],
  ['plain.example:5000', 'x', 'plain'],
])('for %s/%s the entry is %s', async (registry, repository, name) => {
  await write('.docker/config.json', {
    auths: {
      'registry.example': encoded('host:pw'),
      'registry.example/team': encoded('team:pw'),
      'registry.example/team/app': encoded('app:pw'),
      'https://index.docker.io/v1/': encoded('hub:pw'),
      'https://old.example/v2/': encoded('old:pw'),
      'http://plain.example:5000': encoded('plain:pw'),
    },
  })
  const expected = name === undefined ? undefined : user(name)
  expect(await dockerKeychain({ env }).credentialFor(registry, repository)).toEqual(expected)
})

test('asks the files in order and the first that knows wins', async () => {
  await write('named.json', { auths: { 'a.example': encoded('named:pw') } })
  await write('docker/config.json', { auths: { 'a.example': encoded('docker:pw'), 'b.example': encoded('docker:pw') } })
  await write('.docker/config.json', { auths: { 'c.example': encoded('home:pw') } })
  await write('run/containers/auth.json', { auths: { 'b.example': encoded('run:pw'), 'd.example': encoded('run:pw') } })
  const all = dockerKeychain({
    env: {
      ...env,
      REGISTRY_AUTH_FILE: join(home, 'named.json'),
      DOCKER_CONFIG: join(home, 'docker'),
      XDG_RUNTIME_DIR: join(home, 'run'),
    },
  })
  expect(await all.credentialFor('a.example', 'x')).toEqual(user('named'))
  expect(await all.credentialFor('b.example', 'x')).toEqual(user('docker'))
  expect(await all.credentialFor('c.example', 'x')).toBeUndefined()
  expect(await all.credentialFor('d.example', 'x')).toEqual(user('run'))
  expect(await dockerKeychain({ env }).credentialFor('c.example', 'x')).toEqual(user('home'))
})

test('the variable DOCKER_AUTH_CONFIG holds credentials, before files and after REGISTRY_AUTH_FILE', async () => {
  const variable = { auths: { 'a.example/team': encoded('team:pw'), 'a.example': encoded('ci:pw') } }
  await write('.docker/config.json', { auths: { 'a.example': encoded('file:pw'), 'b.example': encoded('file:pw') } })
  await write('named.json', { auths: { 'a.example/named': encoded('named:pw') } })
  const named = join(home, 'named.json')
  const keychain = dockerKeychain({
    env: { ...env, DOCKER_AUTH_CONFIG: JSON.stringify(variable), REGISTRY_AUTH_FILE: named },
  })
  expect(await keychain.credentialFor('a.example', 'team/app')).toEqual(user('team'))
  expect(await keychain.credentialFor('a.example', 'other')).toEqual(user('ci'))
  expect(await keychain.credentialFor('a.example', 'named/app')).toEqual(user('named'))
  expect(await keychain.credentialFor('b.example', 'team/app')).toEqual(user('file'))
})

test.each([
  ['{"auths":{"a.example":{"auth":"c2VjcmV0"', 'not valid JSON'],
  ['["c2VjcmV0"]', 'expected a JSON object'],
])('a broken DOCKER_AUTH_CONFIG is named without its content', async (text, reason) => {
  await expect(
    dockerKeychain({ env: { ...env, DOCKER_AUTH_CONFIG: text } }).credentialFor('a.example', 'x'),
  ).rejects.toMatchObject({
    code: 'CREDENTIALS_UNREADABLE',
    message: `cannot read credentials from the variable DOCKER_AUTH_CONFIG: ${reason}`,
  })
})

test('finds the auth.json that outlives a session, below XDG_CONFIG_HOME or the home directory', async () => {
  await write('.config/containers/auth.json', { auths: { 'a.example': encoded('home:pw') } })
  await write('config/containers/auth.json', { auths: { 'a.example': encoded('xdg:pw') } })
  const configured = dockerKeychain({ env: { ...env, XDG_CONFIG_HOME: join(home, 'config') } })
  expect(await configured.credentialFor('a.example', 'x')).toEqual(user('xdg'))
  expect(await dockerKeychain({ env }).credentialFor('a.example', 'x')).toEqual(user('home'))
})

test('a file of more than 1 MiB is refused', async () => {
  await write('.docker/config.json', `{"auths":{}${' '.repeat(1024 * 1024)}}`)
  await expect(dockerKeychain({ env }).credentialFor('a.example', 'x')).rejects.toMatchObject({
    code: 'CREDENTIALS_UNREADABLE',
  })
})

test('asks the helper of a registry, else the one for all, and falls back to the file', async () => {
  await helper(
    'one',
    `read server; [ "$1 $server" = "get a.example" ] && echo '{"ServerURL":"x","Username":"one","Secret":"pw"}'`,
  )
  await helper(
    'all',
    `read server; case $server in b.example) echo '{"Username":"<token>","Secret":"refresh"}';; https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"pw"}';; *) echo 'credentials not found in native keychain'; exit 1;; esac`,
  )
  await write('.docker/config.json', {
    credHelpers: { 'a.example': 'one' },
    credsStore: 'all',
    auths: { 'a.example': encoded('file:pw'), 'b.example': {}, 'c.example': encoded('file:pw') },
  })
  const keychain = dockerKeychain({ env })
  expect(await keychain.credentialFor('a.example', 'x')).toEqual(user('one'))
  expect(await keychain.credentialFor('b.example', 'x')).toEqual({ kind: 'identity', token: 'refresh' })
  expect(await keychain.credentialFor('docker.io', 'library/x')).toEqual(user('hub'))
  expect(await keychain.credentialFor('c.example', 'x')).toEqual(user('file'))
  expect(await keychain.credentialFor('d.example', 'x')).toBeUndefined()
})

test('a helper may leave a program behind that holds its output', async () => {
  await helper('daemon', `sleep 300 & echo $! > ${home}/pid; echo '{"Username":"ann","Secret":"pw"}'`)
  await write('.docker/config.json', { credsStore: 'daemon' })
  try {
    expect(await dockerKeychain({ env }).credentialFor('a.example', 'x')).toEqual(user('ann'))
  } finally {
    process.kill(Number(await readFile(join(home, 'pid'), 'utf8')))
  }
})

test.each([
  ['is missing', undefined, 'not found in PATH'],
  ['fails', 'echo locked; exit 1', 'locked'],
  ['says nonsense', 'echo hello', 'unexpected output'],
  ['says too much', 'yes', 'too much output'],
  ['says megabytes at once', 'head -c 5000000 /dev/zero', 'too much output'],
  ['is killed', 'kill -9 $$', 'ended by SIGKILL'],
])('a helper that %s is CREDENTIALS_UNREADABLE', async (_, script, reason) => {
  if (script !== undefined) await helper('broken', script)
  await write('.docker/config.json', { credsStore: 'broken' })
  await expect(dockerKeychain({ env }).credentialFor('a.example', 'x')).rejects.toMatchObject({
    code: 'CREDENTIALS_UNREADABLE',
    message: `cannot use credential helper "docker-credential-broken": ${reason}`,
  })
})

test('a helper is a name, not a path', async () => {
  await write('.docker/config.json', { credsStore: '../../tmp/evil' })
  await expect(dockerKeychain({ env }).credentialFor('a.example', 'x')).rejects.toMatchObject({
    code: 'CREDENTIALS_UNREADABLE',
  })
})

test.each(['{"auths":{"a.example":{"auth":"c2VjcmV0"', '[]', '"x"'])(
  'a broken file is named without its content: %s',
  async (content) => {
    await write('.docker/config.json', content)
    const error: unknown = await dockerKeychain({ env })
      .credentialFor('a.example', 'x')
      .catch((failed: unknown) => failed)
    expect(error).toMatchObject({
      code: 'CREDENTIALS_UNREADABLE',
      message: expect.stringContaining(join(home, '.docker/config.json')),
    })
    expect(String(error)).not.toContain('c2VjcmV0')
    expect(await readFile(join(home, '.docker/config.json'), 'utf8')).toBe(content)
  },
)
