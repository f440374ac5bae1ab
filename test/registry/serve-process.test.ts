import { createHash, randomBytes } from 'node:crypto'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { digestOf, octets, SpecClient, withDigest } from '../support/distribution-spec/spec-client.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'

interface ServerProcess {
  readonly host: string
  readonly child: ChildProcess
  /** Standard error up to now. */
  log(): string
  /** Sends a signal and resolves to the exit code; undefined where a signal ended the process. */
  end(signal: NodeJS.Signals): Promise<number | undefined>
}

async function start(...args: readonly string[]): Promise<ServerProcess> {
  const child = spawn(tsbuildPath, ['registry', 'serve', '--listen', '127.0.0.1:0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const line = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), exit])
  if (child.exitCode !== null) throw new Error(`The registry ended: ${log}`)
  return {
    host: String(line[0]).trim(),
    child,
    log: () => log,
    end: async (signal) => {
      child.kill(signal)
      const [code]: (number | null)[] = await exit
      return code ?? undefined
    },
  }
}

test('prints its address, logs requests, and ends with 0 on SIGTERM and SIGINT', async () => {
  await using directory = await temporaryDirectory()
  const storage = join(directory.path, 'registry')
  const first = await start('--storage', storage)
  expect(first.host).toMatch(/^127\.0\.0\.1:\d+$/)
  await new SpecClient(first.host, 'app').pushImage('1')
  expect(await first.end('SIGTERM')).toBe(0)
  expect(first.log()).toContain(`serving ${storage} at http://${first.host} (read and write, without users)\n`)
  expect(first.log()).toMatch(/^[\dT:.Z-]+ 127\.0\.0\.1 - PUT \/v2\/app\/manifests\/1 201 \d+B in \d+ms node$/m)

  const second = await start('--storage', storage, '--read-only', '--progress=json')
  const client = new SpecClient(second.host, 'app')
  expect((await client.send('GET', 'manifests/1')).status).toBe(200)
  expect((await client.send('DELETE', 'manifests/1')).status).toBe(405)
  expect(await second.end('SIGINT')).toBe(0)
  const lines = second
    .log()
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  // A line is written when the client has the answer: the order of two is not fixed.
  expect(lines).toHaveLength(2)
  expect(lines).toContainEqual(expect.objectContaining({ method: 'GET', target: '/v2/app/manifests/1', status: 200 }))
  expect(lines).toContainEqual(
    expect.objectContaining({ method: 'DELETE', status: 405, error: 'the registry is read-only' }),
  )
})

test('a request that runs when SIGTERM comes still gets its answer', async () => {
  await using directory = await temporaryDirectory()
  const server = await start('--storage', join(directory.path, 'registry'), '-q')
  const client = new SpecClient(server.host, 'app')
  const location = await client.begin()
  const { promise: go, resolve } = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      controller.enqueue(Buffer.from('first'))
      await go
      controller.enqueue(Buffer.from('last'))
      controller.close()
    },
  })
  const request = { method: 'PATCH', headers: octets, body, duplex: 'half' as const }
  const patch = fetch(`http://${server.host}${location}`, request)
  await sleep(300)
  const ended = server.end('SIGTERM')
  await sleep(300)
  resolve()
  expect((await patch).status).toBe(202)
  expect(await ended).toBe(0)
  expect(server.log()).toBe('')
})

test('kill -9 during uploads leaves no torn blob, and no tag that lacks bytes', { timeout: 240_000 }, async () => {
  await using directory = await temporaryDirectory()
  const storage = join(directory.path, 'registry')
  const acknowledged = new Set<string>()
  let killed = 0
  for (let round = 0; round < 8; round++) {
    const server = await start('--storage', storage, '-q')
    const pushing = Array.from({ length: 4 }, async (_, index) => {
      const client = new SpecClient(server.host, `app${index}`)
      for (let count = 0; count < 50; count++) {
        const large = randomBytes(600_000)
        const location = await client.begin()
        await client.send('PATCH', location, { headers: octets, body: large.subarray(0, 300_000) })
        const put = await client.send('PUT', withDigest(location, digestOf(large)), { body: large.subarray(300_000) })
        if (put.status !== 201) throw new Error(`PUT: ${put.status} ${put.body.toString()}`)
        const { digest } = await client.pushImage(`r${round}-${count}`)
        acknowledged.add(`${client.repository} r${round}-${count} ${digest}`)
      }
    })
    const settled = Promise.allSettled(pushing)
    await sleep(200 + 150 * round)
    if ((await server.end('SIGKILL')) === undefined) killed++
    await settled
    await checkStorage(storage)
  }
  expect(killed).toBeGreaterThan(0)
  expect(acknowledged.size).toBeGreaterThan(0)
  const server = await start('--storage', storage, '-q')
  for (const line of acknowledged) {
    const [repository = '', tag = '', digest = ''] = line.split(' ')
    const answer = await new SpecClient(server.host, repository).send('GET', `manifests/${tag}`)
    expect(digestOf(answer.body)).toBe(digest)
  }
})

/**
 * Reads the files of a storage: every blob has its digest, every tag leads to all of its content.
 */
async function checkStorage(storage: string): Promise<void> {
  const blobs = new Set<string>()
  for (const hex of await readdir(join(storage, 'blobs/sha256'))) {
    const bytes = await readFile(join(storage, 'blobs/sha256', hex))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(hex)
    blobs.add(`sha256:${hex}`)
  }
  for (const repository of await readdir(join(storage, 'repositories'))) {
    const at = (...parts: readonly string[]): string => join(storage, 'repositories', repository, ...parts)
    const linked = new Set((await readdir(at('_blobs')).catch(() => [])).map((name) => name.replace('-', ':')))
    for (const digest of linked) expect(blobs).toContain(digest)
    for (const tag of await readdir(at('_tags')).catch(() => [])) {
      const digest = await readFile(at('_tags', tag), 'utf8')
      expect(await readFile(at('_manifests', digest.replace(':', '-')), 'utf8')).toMatch(/^application\//)
      const hex = digest.replace('sha256:', '')
      const manifest = await readFile(join(storage, 'blobs/sha256', hex), 'utf8')
      for (const [, reference] of manifest.matchAll(/"digest":"([^"]+)"/g)) expect(linked).toContain(reference)
    }
  }
}

test('two servers on one storage', async () => {
  await using directory = await temporaryDirectory()
  const storage = join(directory.path, 'registry')
  const [one, two] = await Promise.all([start('--storage', storage, '-q'), start('--storage', storage, '-q')])
  const writer = new SpecClient(one.host, 'app')
  const reader = new SpecClient(two.host, 'app')
  const bytes = randomBytes(100_000)
  const location = await writer.begin()
  await writer.send('PATCH', location, { headers: octets, body: bytes.subarray(0, 50_000) })
  const put = await reader.send('PUT', withDigest(location, digestOf(bytes)), { body: bytes.subarray(50_000) })
  expect(put.status).toBe(201)
  await Promise.all(
    [writer, reader].flatMap((client, index) => [1, 2, 3].map((tag) => client.pushImage(`${index}-${tag}`))),
  )
  const { body } = await reader.send('GET', 'tags/list')
  expect(JSON.parse(body.toString())).toMatchObject({ tags: ['0-1', '0-2', '0-3', '1-1', '1-2', '1-3'] })
})

test('gc counts and removes what no manifest needs', async () => {
  await using directory = await temporaryDirectory()
  const root = directory.path
  const server = await start('--root', root, '-q')
  const client = new SpecClient(server.host, 'app')
  const { digest } = await client.pushImage('1')
  await client.send('DELETE', `manifests/${digest}`)
  const gc = ['registry', 'gc', '--grace', '0s']
  await sleep(20)
  expect(await tsbuild([...gc, '--dry-run'], { root })).toMatchObject({
    stdout: expect.stringMatching(/^would remove 3 blobs, free \d+B\n$/),
  })
  expect(await tsbuild(gc, { root })).toMatchObject({
    stdout: expect.stringMatching(/^removed 3 blobs, freed \d+B\n$/),
  })
  expect(await tsbuild([...gc, '--untagged'], { root })).toMatchObject({
    stdout: 'removed 0 manifests and 0 blobs, freed 0B\n',
  })
})

test.for<[args: readonly string[], message: string]>([
  [['--listen', 'nowhere'], 'cannot listen on "nowhere": expected HOST:PORT'],
  [['--listen', ':0'], 'refusing to listen on :0 without users and TLS: other machines reach it'],
  [['--listen', '0.0.0.0:0', '--htpasswd', 'x'], 'refusing to listen on 0.0.0.0:0 without TLS'],
  [['--layout', 'a', '--images'], 'options --layout and --images exclude each other'],
  [['--user', 'ann'], 'option --user needs --password-stdin'],
  [['--password-stdin'], 'option --password-stdin needs --user'],
  [['--anonymous-pull'], 'option --anonymous-pull needs --htpasswd or --user'],
  [['--tls-cert', 'x'], 'options --tls-cert and --tls-key need each other'],
  [['--access', 'x'], 'option --access needs --htpasswd or --user'],
  [['--quota', '1g', '--read-only'], 'options --quota and --repository-quota are for a storage that takes pushes'],
  [['--repository-quota', 'much'], 'invalid --repository-quota "much"'],
  [['--url', 'registry.example'], 'invalid --url "registry.example": expected https://HOST'],
  [['--progress', 'loud'], '--progress'],
])('%j is exit code 2', async ([args, message]) => {
  await using directory = await temporaryDirectory()
  const { code, stderr } = await tsbuild(['registry', 'serve', ...args], { root: directory.path, cwd: directory.path })
  expect(stderr).toContain(message)
  expect(code).toBe(2)
})

test('a port in use and a directory of something else are exit code 1', async () => {
  await using directory = await temporaryDirectory()
  const server = await start('--storage', join(directory.path, 'registry'), '-q')
  const busy = ['registry', 'serve', '--listen', server.host, '--storage', join(directory.path, 'other')]
  const options = { root: directory.path }
  expect(await tsbuild(busy, options)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('another program uses this port'),
  })
  const wrong = await tsbuild(['registry', 'serve', '--listen', '127.0.0.1:0', '--storage', directory.path], options)
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('is not the storage of a registry') })
  const none = await tsbuild(['registry', 'serve', '--listen', '127.0.0.1:0', '--layout', directory.path], options)
  expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('oci-layout') })
})
