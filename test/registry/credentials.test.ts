import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryMissing, startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type CallOptions, type Outcome } from '../../src/cli/testing/invocation.ts'
import { titled } from '../support/obstacle.ts'

describe.skipIf(registryMissing !== undefined)(titled('a registry that asks for a password', registryMissing), () => {
  let registry: TestRegistry
  let directory = ''
  let creds = ''
  const run = (
    argv: readonly string[],
    { env, input = '' }: Pick<CallOptions, 'env' | 'input'> = {},
  ): Promise<Outcome> =>
    call(argv, {
      engine,
      cwd: directory,
      input,
      env: { HOME: directory, TSBUILD_ROOT: join(directory, 'store'), XDG_RUNTIME_DIR: directory, ...env },
    })
  const auths = (scope: string): string => JSON.stringify({ auths: { [scope]: { auth: btoa(creds) } } })
  const named = (path: string): string => `${registry.host}/${path}`

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsbuild-credentials-'))
    registry = await startRegistry({ htpasswd: true })
    creds = `${registry.credential.username}:${registry.credential.password}`
    await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nLABEL a=b\n')
    await writeFile(join(directory, 'ci-auth.json'), auths(registry.host))
    const build = ['build', '-q', '--authfile', 'ci-auth.json', '-t', named('team/app'), '--push', '.']
    expect(await run(build)).toMatchObject({ status: 0 })
  })
  afterAll(async () => {
    await registry[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  test('refuses a call without credentials', async () => {
    expect(await run(['pull', '-q', named('team/app')])).toMatchObject({ status: 4, stdout: '' })
  })

  test('is satisfied by DOCKER_AUTH_CONFIG, for the path in its key', async () => {
    const env = { DOCKER_AUTH_CONFIG: auths(named('team')) }
    expect(await run(['pull', '-q', named('team/app')], { env })).toMatchObject({ status: 0 })
    expect(await run(['copy', '-q', named('team/app'), named('other/app')], { env })).toMatchObject({ status: 4 })
  })

  test('is satisfied by --authfile, as the base of a build too', async () => {
    expect(await run(['pull', '-q', '--authfile', 'ci-auth.json', named('team/app')])).toMatchObject({ status: 0 })
    await writeFile(join(directory, 'Based'), `FROM ${named('team/app')}\n`)
    const build = ['build', '-q', '--pull', '-f', 'Based', '.']
    expect(await run(build)).toMatchObject({ status: 4 })
    expect(await run([...build, '--authfile', 'ci-auth.json'])).toMatchObject({ status: 0 })
  })

  test('is satisfied by --creds of pull and push, --src-creds and --dest-creds of copy', async () => {
    expect(await run(['pull', '-q', '--creds', creds, named('team/app')])).toMatchObject({ status: 0 })
    expect(await run(['push', '-q', '--creds', creds, named('team/app')])).toMatchObject({ status: 0 })
    const copy = ['copy', '-q', '--src-creds', creds, named('team/app'), named('copied/app')]
    expect(await run(copy)).toMatchObject({ status: 4 })
    expect(await run([...copy, '--dest-creds', creds])).toMatchObject({ status: 0 })
    expect(await run(['copy', '--dest-creds', creds, named('team/app'), 'oci:layout'])).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--dest-creds is for a registry, not for a layout'),
    })
  })

  test('has its own file on each side of a copy', async () => {
    await using other = await startRegistry({ htpasswd: 'deployer' })
    const { username, password } = other.credential
    await writeFile(
      join(directory, 'other.json'),
      JSON.stringify({ auths: { [other.host]: { auth: btoa(`${username}:${password}`) } } }),
    )
    const copy = ['copy', '-q', named('team/app'), `${other.host}/app`]
    expect(await run([...copy, '--authfile', 'ci-auth.json'])).toMatchObject({ status: 4 })
    const sides = ['--src-authfile', 'ci-auth.json', '--dest-authfile', 'other.json']
    expect(await run([...copy, ...sides])).toMatchObject({ status: 0 })
    await writeFile(join(directory, 'list.txt'), `${named('team/app')} ${other.host}/synced\n`)
    expect(await run(['sync', '-q', 'list.txt', ...sides])).toMatchObject({ status: 0 })
  })

  test('is satisfied by --creds of build, for the registry of its names', async () => {
    await writeFile(join(directory, 'Based'), `FROM ${named('team/app')}\nLABEL c=d\n`)
    const build = ['build', '-q', '--pull', '-f', 'Based', '--creds', creds]
    expect(await run([...build, '-t', named('built/app'), '--push', '.'])).toMatchObject({ status: 0 })
    // Another registry of the Dockerfile gets no password.
    expect(await run([...build, '-t', 'registry.example/app', '.'])).toMatchObject({ status: 4 })
  })

  test('refuses a wrong password, which is not printed', async () => {
    const { status, stderr } = await run(['pull', '-q', '--creds', 'builder:geheim', named('team/app')])
    expect(status).toBe(4)
    expect(stderr).toContain('401')
    expect(stderr).not.toContain('geheim')
  })

  test('is satisfied by a helper that has the right password at the second call, not later', async () => {
    const program = join(directory, 'docker-credential-renewing')
    const answer = (password: string): string =>
      `'${JSON.stringify({ Username: registry.credential.username, Secret: password })}'`
    const { password } = registry.credential
    await writeFile(join(directory, 'config.json'), JSON.stringify({ credHelpers: { [registry.host]: 'renewing' } }))
    const env = { DOCKER_CONFIG: directory, PATH: `${directory}:${process.env['PATH']}` }
    const callsUntil = async (right: number): Promise<{ readonly status: number; readonly calls: string }> => {
      const calls = join(directory, `calls-${right}`)
      const choice = `[ $(wc -l <${calls}) -ge ${right} ] && echo ${answer(password)} || echo ${answer('old')}`
      await writeFile(program, `#!/bin/sh\necho "$1" >>${calls}\n${choice}\n`, { mode: 0o755 })
      const { status } = await run(['digest', named('team/app')], { env })
      return { status, calls: await readFile(calls, 'utf8') }
    }
    expect(await callsUntil(2)).toEqual({ status: 0, calls: 'get\nget\n' })
    expect(await callsUntil(3)).toEqual({ status: 4, calls: 'get\nget\n' })
  })

  test('is asked before login stores a password, in a file of the user alone', async () => {
    const file = join(directory, 'login.json')
    const login = (password: string): Promise<Outcome> =>
      run(['login', '-u', registry.credential.username, '--password-stdin', '--authfile', file, registry.host], {
        input: password,
      })
    expect(await login('geheim')).toEqual({
      status: 4,
      stdout: '',
      stderr: expect.stringContaining(`${registry.host} refused the credentials of user "builder"`),
    })
    await expect(stat(file)).rejects.toThrow('ENOENT')
    expect(await login(registry.credential.password)).toMatchObject({ status: 0, stderr: '' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await run(['pull', '-q', '--authfile', file, named('team/app')])).toMatchObject({ status: 0 })
  })

  test('differs from one that takes any password, which login says', async () => {
    await using open = await startRegistry()
    const file = join(directory, 'any.json')
    const { status, stderr } = await run(['login', '-u', 'a', '--password-stdin', '--authfile', file, open.host], {
      input: 'pw',
    })
    expect(status).toBe(0)
    expect(stderr).toBe(
      `WARNING: CredentialUnchecked: ${open.host} answers without credentials: the password was not checked\n`,
    )
  })
})
