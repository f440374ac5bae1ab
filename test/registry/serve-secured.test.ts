import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type Outcome } from '../../src/cli/testing/invocation.ts'
import { certificate } from '../failures/certificate.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// A registry with TLS and users: each client logs in, pushes and pulls, and fails with a wrong
// password. bcrypt of "correct horse", cost 5.
const htpasswd = 'ann:$2y$05$tsbuildtestregistryuseB7R8QAfmMOv.ctQ7GruFjrDIa0wqRmi\n'
const creds = 'ann:correct horse'

const missing = withoutPrograms('openssl')
describe.skipIf(missing !== undefined)(titled('a registry with TLS and users', missing), () => {
  const stack = new AsyncDisposableStack()
  let directory = ''
  let host = ''
  const run = (...argv: readonly string[]): Promise<Outcome> =>
    call(argv, { engine, cwd: directory, env: { HOME: directory, TSBUILD_ROOT: join(directory, 'store') } })

  beforeAll(async () => {
    directory = stack.use(await temporaryDirectory()).path
    const { key, cert } = await certificate(directory)
    await writeFile(join(directory, 'users'), htpasswd)
    ;({ host } = stack.use(
      await serveTemporary({ tls: { key, cert }, htpasswd: join(directory, 'users'), anonymousPull: true }),
    ))
    await mkdir(join(directory, 'certs'))
    await writeFile(join(directory, 'certs/ca.crt'), cert)
    await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nLABEL a=b\n')
    const pushed = await run(
      'build',
      '-q',
      '--cert-dir',
      'certs',
      '--creds',
      creds,
      '-t',
      `${host}/app:1`,
      '--push',
      '.',
    )
    expect(pushed).toMatchObject({ status: 0 })
  })
  afterAll(() => stack.disposeAsync())

  test('tsbuild: login, a wrong password, and reading without one', async () => {
    const login = (password: string): Promise<Outcome> =>
      call(['login', '-u', 'ann', '--password-stdin', '--insecure', host], {
        engine,
        cwd: directory,
        input: password,
        env: { HOME: directory },
      })
    expect(await login('wrong')).toMatchObject({ status: 4 })
    expect(await login('correct horse')).toMatchObject({ status: 0 })
    expect(await run('digest', '--cert-dir', 'certs', `docker://${host}/app:1`)).toMatchObject({ status: 0 })
    expect(await run('logout', host)).toMatchObject({ status: 0 })
    expect(await run('digest', '--cert-dir', 'certs', `docker://${host}/app:1`)).toMatchObject({ status: 0 })
    const copy = ['copy', '--cert-dir', 'certs', `docker://${host}/app:1`, `docker://${host}/app:2`]
    expect(await run(...copy)).toMatchObject({ status: 4 })
    expect(await run(...copy, '--dest-creds', 'ann:wrong')).toMatchObject({ status: 4 })
    expect(await run(...copy, '--dest-creds', creds)).toMatchObject({ status: 0 })
    expect(await run('rm', '--force', '--cert-dir', 'certs', `docker://${host}/app:2`)).toMatchObject({ status: 4 })
    expect(await login('correct horse')).toMatchObject({ status: 0 })
    expect(await run('rm', '--force', '--cert-dir', 'certs', `docker://${host}/app:2`)).toMatchObject({ status: 0 })
    expect(await run('logout', host)).toMatchObject({ status: 0 })
  })

  test('a client that does not trust the certificate gets nothing', async () => {
    expect(await run('digest', `docker://${host}/app:1`)).toMatchObject({ status: 4 })
  })

  test('a copy checks the certificates of the side that it does not exclude', async () => {
    const copy = ['copy', '-q', `docker://${host}/app:1`, `docker://${host}/app:sides`, '--dest-creds', creds]
    expect(await run(...copy, '--src-tls-verify=false')).toMatchObject({ status: 4 })
    expect(await run(...copy, '--dest-tls-verify=false')).toMatchObject({ status: 4 })
    expect(await run(...copy, '--src-tls-verify=false', '--dest-cert-dir', 'certs')).toMatchObject({ status: 0 })
    expect(await run(...copy, '--src-cert-dir', 'certs', '--dest-tls-verify=false')).toMatchObject({ status: 0 })
  })

  const skopeo = withoutPrograms('skopeo')
  test.skipIf(skopeo !== undefined)(titled('skopeo', skopeo), async () => {
    const certs = join(directory, 'certs')
    const name = `docker://${host}/skopeo:1`
    const copy = ['copy', '-q', '--src-cert-dir', certs, '--dest-cert-dir', certs, `docker://${host}/app:1`, name]
    expect((await runProgram('skopeo', copy)).code).not.toBe(0)
    expect((await runProgram('skopeo', [...copy, '--dest-creds', 'ann:wrong'])).code).not.toBe(0)
    await runOrThrow('skopeo', [...copy, '--dest-creds', creds])
    const tags = await runOrThrow('skopeo', ['list-tags', '--cert-dir', certs, name.replace(/:1$/, '')])
    expect(JSON.parse(tags)).toMatchObject({ Tags: ['1'] })
    await runOrThrow('skopeo', ['delete', '--cert-dir', certs, '--creds', creds, name])
    expect((await runProgram('skopeo', ['inspect', '--cert-dir', certs, name])).code).not.toBe(0)
  })

  const podman = withoutPrograms('podman')
  test.skipIf(podman !== undefined)(titled('podman', podman), async () => {
    const authfile = ['--authfile', join(directory, 'auth.json'), '--cert-dir', join(directory, 'certs')]
    const storage = [
      '--root',
      join(directory, 'podman'),
      '--runroot',
      join(directory, 'run'),
      '--storage-driver',
      'vfs',
    ]
    const login = ['login', '-u', 'ann', '--password-stdin', ...authfile, host]
    expect((await runProgram('podman', login, { input: 'wrong' })).code).not.toBe(0)
    await runOrThrow('podman', login, { input: 'correct horse' })
    await runOrThrow('podman', [...storage, 'pull', '-q', ...authfile, `${host}/app:1`])
    await runOrThrow('podman', [...storage, 'push', '-q', ...authfile, `${host}/app:1`, `${host}/podman:1`])
  })

  const crane = withoutPrograms('crane')
  test.skipIf(crane !== undefined)(titled('crane', crane), async () => {
    const env = {
      SSL_CERT_FILE: join(directory, 'cert.pem'),
      DOCKER_CONFIG: join(directory, 'docker'),
      HOME: directory,
    }
    const copy = ['copy', `${host}/app:1`, `${host}/crane:1`]
    expect((await runProgram('crane', copy, { env })).code).not.toBe(0)
    await runOrThrow('crane', ['auth', 'login', '-u', 'ann', '-p', 'correct horse', host], { env })
    await runOrThrow('crane', copy, { env })
    await runOrThrow('crane', ['validate', '--remote', `${host}/crane:1`], { env })
    await runOrThrow('crane', ['delete', `${host}/crane:1`], { env })
  })

  const oras = withoutPrograms('oras')
  test.skipIf(oras !== undefined)(titled('oras', oras), async () => {
    const registry = ['--ca-file', join(directory, 'cert.pem'), '--registry-config', join(directory, 'oras.json')]
    const attach = [
      'attach',
      ...registry,
      '--artifact-type',
      'application/x.note',
      `${host}/app:1`,
      'Dockerfile:text/plain',
    ]
    expect((await runProgram('oras', attach, { cwd: directory })).code).not.toBe(0)
    await runOrThrow('oras', ['login', ...registry, '-u', 'ann', '-p', 'correct horse', host])
    await runOrThrow('oras', attach, { cwd: directory })
    expect(await runOrThrow('oras', ['discover', ...registry, `${host}/app:1`])).toContain('application/x.note')
  })
})
