import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TsbuildError } from '@tsbuild/errors'
import { call } from '../testing/invocation.ts'

test('a credential the registry takes is kept where docker looks, and forgotten again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-login-'))
  try {
    const env = { DOCKER_CONFIG: directory }
    const checked: unknown[] = []
    const engine = { checkCredential: async (request: object) => void checked.push(request) }
    const argv = ['login', '-u', 'ci', '--password-stdin', 'r.example']
    expect(await call(argv, { engine, env, input: 'geheim\n' })).toEqual({
      status: 0,
      stdout: 'logged in to r.example\n',
      stderr: '',
    })
    expect(checked).toMatchObject([{ registry: 'r.example', username: 'ci', password: 'geheim', insecure: false }])
    const file = join(directory, 'config.json')
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ auths: { 'r.example': { auth: btoa('ci:geheim') } } })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await call(['logout', 'r.example'], { env })).stdout).toBe('logged out of r.example\n')
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ auths: {} })
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a credential the registry refuses is not kept, and never printed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-login-'))
  try {
    const refused = new TsbuildError('REGISTRY_UNAUTHORIZED', '401 Unauthorized')
    const engine = { checkCredential: () => Promise.reject(refused) }
    const outcome = await call(['login', '-u', 'ci', '--password-stdin'], {
      engine,
      env: { DOCKER_CONFIG: directory },
      input: 'geheim',
    })
    expect(outcome).toEqual({
      status: 4,
      stdout: '',
      stderr: 'error: 401 Unauthorized\nhint: check the name and the credentials\n',
    })
    await expect(readFile(join(directory, 'config.json'))).rejects.toThrow('ENOENT')
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a password in the arguments is taken, with a warning', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-login-'))
  try {
    const engine = { checkCredential: async () => {} }
    const argv = ['login', '-u', 'ci', '-p', 'geheim', '--authfile', 'auth.json', 'r.example']
    const { status, stderr } = await call(argv, { engine, cwd: directory })
    expect(status).toBe(0)
    expect(stderr).toMatch(/^WARNING: PasswordVisible: --password is visible to other users/)
    expect(stderr).not.toContain('geheim')
    expect(JSON.parse(await readFile(join(directory, 'auth.json'), 'utf8'))).toEqual({
      auths: { 'r.example': { auth: btoa('ci:geheim') } },
    })
    await call(['logout', '--authfile', 'auth.json', 'r.example'], { cwd: directory })
    expect(JSON.parse(await readFile(join(directory, 'auth.json'), 'utf8'))).toEqual({ auths: {} })
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('a credential that a variable hides is reported', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-login-'))
  try {
    const variable = JSON.stringify({ auths: { 'r.example': { auth: btoa('ci:other') } } })
    const env = { DOCKER_CONFIG: directory, DOCKER_AUTH_CONFIG: variable }
    const login = (registry: string) =>
      call(['login', '-u', 'ci', '--password-stdin', registry], {
        engine: { checkCredential: async () => {} },
        env,
        input: 'geheim',
      })
    expect((await login('r.example')).stderr).toContain('DOCKER_AUTH_CONFIG has another credential for r.example')
    expect((await login('s.example')).stderr).toBe('')
  } finally {
    await rm(directory, { recursive: true })
  }
})

test('what is missing is named', async () => {
  expect(await call(['login', '--password-stdin'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--username'),
  })
  expect(await call(['login', '-u', 'ci'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--password-stdin'),
  })
  expect(await call(['login', '-u', 'ci', '--password-stdin'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('the password is empty'),
  })
  expect(await call(['login', '-u', 'ci', '-p', 'x', '--password-stdin'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('exclude each other'),
  })
})
