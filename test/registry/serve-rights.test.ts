import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { expect, test as plainTest, type TestAPI } from 'vitest'
import { collectRegistry } from '../../src/collect-registry.ts'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type Outcome } from '../../src/cli/testing/invocation.ts'
import { certificate } from '../failures/certificate.ts'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

// Users with rights in some repositories, bounds of sizes, and a certificate that is replaced. The
// passwords of both users are "correct horse", with bcrypt of cost 5.
const hash = '$2y$05$tsbuildtestregistryuseB7R8QAfmMOv.ctQ7GruFjrDIa0wqRmi'

const test: TestAPI<{
  readonly cwd: string
  readonly run: (...argv: readonly string[]) => Promise<Outcome>
  readonly layer: (name: string, size: number) => Promise<void>
}> = plainTest.extend<{
  readonly cwd: string
  readonly run: (...argv: readonly string[]) => Promise<Outcome>
  readonly layer: (name: string, size: number) => Promise<void>
}>({
  cwd: async ({}, use) => {
    await using directory = await temporaryDirectory()
    await use(directory.path)
  },
  run: ({ cwd }, use) =>
    use((...argv) => call(argv, { engine, cwd, env: { HOME: cwd, TSBUILD_ROOT: join(cwd, 'store') } })),
  layer: ({ cwd, run }, use) =>
    use(async (name, size) => {
      await writeFile(join(cwd, 'data'), randomBytes(size))
      await writeFile(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY data /\n')
      expect(await run('build', '-q', '-t', name, '.')).toMatchObject({ status: 0 })
    }),
})

test('users push, pull and delete where their rights allow it', async ({ cwd, run, layer }) => {
  await writeFile(join(cwd, 'users'), `ann:${hash}\nci:${hash}\n`)
  await writeFile(join(cwd, 'access'), 'ann * pull,push,delete\nci team/* pull,push\n- open pull\n')
  await using registry = await serveTemporary({ htpasswd: join(cwd, 'users'), access: join(cwd, 'access') })
  const place = (name: string): string => `docker://${registry.host}/${name}`
  const as = (user: string): readonly string[] => ['--dest-creds', `${user}:correct horse`]
  const reading = (user: string): readonly string[] => ['--creds', `${user}:correct horse`]
  await layer('local:1', 1000)
  for (const name of ['team/app:1', 'other:1', 'open:1'])
    expect(await run('copy', '-q', ...as('ann'), 'store:local:1', place(name))).toMatchObject({ status: 0 })
  expect(await run('copy', '-q', ...as('ci'), 'store:local:1', place('team/app:2'))).toMatchObject({ status: 0 })
  const denied = { status: 4, stderr: expect.stringMatching(/REGISTRY_DENIED|403/) }
  expect(await run('copy', '-q', ...as('ci'), 'store:local:1', place('other:2'))).toMatchObject(denied)
  expect(await run('digest', ...reading('ci'), place('other:1'))).toMatchObject(denied)
  expect(await run('rm', '-f', ...reading('ci'), place('team/app:2'))).toMatchObject(denied)
  expect(await run('rm', '-f', ...reading('ann'), place('team/app:2'))).toMatchObject({ status: 0 })
  expect(await run('digest', place('open:1'))).toMatchObject({ status: 0 })
  expect(await run('digest', place('other:1'))).toMatchObject({ status: 4 })
  // A blob of a repository that a user may not read cannot be mounted from there.
  await writeFile(join(cwd, 'access'), 'ann * pull,push,delete\nci other pull,push\n')
  expect(await run('copy', '-q', ...as('ci'), 'store:local:1', place('other:3'))).toMatchObject({ status: 0 })
  expect(await run('copy', '-q', ...as('ci'), 'store:local:1', place('team/app:3'))).toMatchObject(denied)
})

test('repositories and the registry take no more than their quotas', async ({ run, layer }) => {
  await using registry = await serveTemporary({ quota: { total: 3_000_000, repository: 2_000_000 } })
  const place = (name: string): string => `docker://${registry.host}/${name}`
  await layer('half:1', 900_000)
  await layer('other:1', 900_000)
  await layer('third:1', 900_000)
  await layer('large:1', 2_500_000)
  await layer('huge:1', 9_000_000)
  const push = (from: string, to: string): Promise<Outcome> => run('copy', '-q', `store:${from}`, place(to))
  const refused = { status: 4, stderr: expect.stringContaining('quota exceeded') }
  expect(await push('half:1', 'a:1')).toMatchObject({ status: 0 })
  expect(await push('half:1', 'a:2')).toMatchObject({ status: 0 })
  expect(await push('other:1', 'a:3')).toMatchObject({ status: 0 })
  expect(await push('third:1', 'a:4')).toMatchObject(refused)
  for (const image of ['large:1', 'huge:1'])
    expect(await push(image, 'b:1')).toMatchObject({ status: 4, stderr: expect.stringContaining('413') })
  // Shared content counts once for the registry, and in each repository.
  expect(await push('half:1', 'b:1')).toMatchObject({ status: 0 })
  expect(await push('third:1', 'b:2')).toMatchObject({ status: 0 })
  expect(await push('other:1', 'b:3')).toMatchObject(refused)
  await layer('fourth:1', 900_000)
  expect(await push('fourth:1', 'c:1')).toMatchObject(refused)
  expect(await run('validate', place('a:3'))).toMatchObject({ status: 0 })
  expect(await run('rm', '-f', place('a:3'))).toMatchObject({ status: 0 })
})

test('pushes end well while garbage is collected', async ({ run, layer }) => {
  await using registry = await serveTemporary()
  for (const index of [0, 1, 2]) await layer(`local:${index}`, 300_000)
  const ended = new AbortController()
  const collecting = (async () => {
    let rounds = 0
    for (; !ended.signal.aborted; rounds++) await collectRegistry({ storage: registry.storage, untagged: true })
    return rounds
  })()
  const place = (index: number): string => `docker://${registry.host}/app-${index % 4}:${index}`
  const indices = Array.from({ length: 12 }, (_, index) => index)
  const pushed = await Promise.all(indices.map((index) => run('copy', '-q', `store:local:${index % 3}`, place(index))))
  ended.abort()
  expect(await collecting).toBeGreaterThan(0)
  expect(pushed.map(({ status }) => status)).toEqual(indices.map(() => 0))
  for (const index of indices) expect(await run('validate', place(index))).toMatchObject({ status: 0 })
})

const missing = withoutPrograms('openssl')
test.skipIf(missing !== undefined)(titled('a new certificate is used without a restart', missing), async ({ cwd }) => {
  let files = await certificate(cwd)
  let reads = 0
  const readFiles = async (): Promise<typeof files> => {
    reads++
    return files
  }
  await using registry = await serveTemporary({ tls: readFiles })
  const [host = '', port = ''] = registry.host.split(':')
  const fingerprint = async (): Promise<string> => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const first = await fingerprint()
  await using other = await temporaryDirectory()
  const next = await certificate(other.path)
  // A certificate without its key is no use: the former stays.
  files = { ...files, cert: next.cert }
  const before = reads
  while (reads === before) await sleep(100)
  expect(await fingerprint()).toBe(first)
  files = next
  let now = first
  while (now === first) {
    await sleep(200)
    now = await fingerprint()
  }
  expect(now).not.toBe(first)
})
