import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Code } from '@connectrpc/connect'
import { readAll } from '@tsbuild/content'
import { afterEach, describe, expect, test } from 'vitest'
import { encodeAction } from './action.ts'
import { ReapiActionCache } from './action-cache.ts'
import { Channel } from './channel.ts'
import { ReapiContent } from './content.ts'
import { type Blob, blobOf } from './digest.ts'
import { transportUrl } from './endpoint.ts'
import { ReapiExecution } from './execution.ts'
import { type ReapiServerOptions, type ReapiTestServer, startReapiServer } from './testing/reapi-server.ts'

const patience = { attempts: 3, maxDelay: 50, timeout: 500, pace: { bytes: 1, milliseconds: 500 } }
const large = blobOf(randomBytes(5 * 1024 * 1024))
const small = blobOf(Buffer.from('small'))
const descriptor = ({ digest, size }: Blob) => ({ mediaType: 'application/octet-stream', digest, size })

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]()
})

async function connect(
  signal = new AbortController().signal,
  options?: ReapiServerOptions,
): Promise<{ server: ReapiTestServer; channel: Channel }> {
  const server = await startReapiServer(options)
  const channel = new Channel({ url: server.url, headers: { 'x-key': 'v' } }, { patience, signal })
  open.push({
    [Symbol.asyncDispose]: async () => {
      channel[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    },
  })
  return { server, channel }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 70_000) yield bytes.subarray(at, at + 70_000)
}

describe('content', () => {
  test('is stored once, found and read, in batches and in streams', async () => {
    const { server, channel } = await connect()
    const content = new ReapiContent(channel)
    expect(await content.missing([small, large, small])).toEqual([small, large])
    for (const blob of [small, large]) {
      await content.put(descriptor(blob), pieces(blob.bytes))
      await content.put(descriptor(blob), pieces(blob.bytes))
      expect(await content.has(blob)).toBe(true)
      expect(Buffer.compare(await readAll(await content.open(descriptor(blob)), blob.size), blob.bytes)).toBe(0)
    }
    expect(server.headers.get('x-key')).toBe('v')
    expect(await readAll(await content.open(descriptor(blobOf(new Uint8Array()))), 1)).toEqual(Buffer.alloc(0))
  })

  test.for([small, large])('that is missing is NOT_FOUND before its first byte', async (blob) => {
    const { channel } = await connect()
    await expect(new ReapiContent(channel).open(descriptor(blob))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('goes on where a stream broke, in both directions', async () => {
    const { server, channel } = await connect()
    const content = new ReapiContent(channel)
    server.fault = (method, call) =>
      (method === 'Write' || method === 'Read') && call <= 2 ? { kind: 'break', after: 1024 * 1024 } : undefined
    await content.put(descriptor(large), pieces(large.bytes))
    expect(Buffer.compare(await readAll(await content.open(descriptor(large)), large.size), large.bytes)).toBe(0)
    expect(server.calls.get('Write')).toBe(3)
    expect(server.calls.get('Read')).toBe(3)
    expect(server.calls.get('QueryWriteStatus')).toBe(2)
  })

  test.for([small, large])('other bytes are DIGEST_MISMATCH', async (blob) => {
    const { server, channel } = await connect()
    const content = new ReapiContent(channel)
    await content.putAll([blob])
    server.fault = () => ({ kind: 'corrupt' })
    await expect(content.open(descriptor(blob)).then((bytes) => readAll(bytes, blob.size))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })

  test('arrives also through a server that breaks each stream after one message', async () => {
    const { server, channel } = await connect()
    server.fault = (method) => (method === 'Write' ? { kind: 'break', after: 1 } : undefined)
    await new ReapiContent(channel).put(descriptor(large), pieces(large.bytes))
    expect(server.blobs.size).toBe(1)
  })

  test('a server that hangs is given up after three attempts', async () => {
    const { server, channel } = await connect()
    server.fault = () => ({ kind: 'hang' })
    const content = new ReapiContent(channel)
    await expect(content.has(small)).rejects.toMatchObject({ code: 'REMOTE_UNAVAILABLE' })
    expect(server.calls.get('FindMissingBlobs')).toBe(3)
    await expect(content.put(descriptor(large), pieces(large.bytes))).rejects.toMatchObject({
      code: 'REMOTE_UNAVAILABLE',
    })
  })

  test('a refusal is not retried', async () => {
    const { server, channel } = await connect()
    server.fault = () => ({ kind: 'status', code: Code.PermissionDenied })
    await expect(new ReapiContent(channel).has(small)).rejects.toMatchObject({
      code: 'REMOTE_REFUSED',
      message: expect.stringMatching(/^find missing content \(grpc:.*\): PERMISSION_DENIED/),
    })
    expect(server.calls.get('FindMissingBlobs')).toBe(1)
  })
})

describe('actions', () => {
  const spec = {
    args: ['/bin/sh', '-c', 'cat in/a > out; echo log; echo error >&2'],
    inputs: [{ ...small, path: 'in/a' }],
    outputs: ['out'],
  }

  test('equal actions are equal bytes, in any order of their parts', () => {
    const inputs = [
      { ...small, path: 'b/c' },
      { ...small, path: 'a', executable: true },
    ]
    const one = encodeAction({ ...spec, inputs, properties: { b: '1', a: '2' }, env: { B: '1', A: '2' } })
    const other = encodeAction({
      ...spec,
      inputs: inputs.toReversed(),
      properties: { a: '2', b: '1' },
      env: { A: '2', B: '1' },
    })
    expect(one.action).toEqual(other.action)
    expect(encodeAction({ ...spec, doNotCache: true }).action.digest).not.toBe(encodeAction(spec).action.digest)
  })

  test('are executed, and then found in the action cache', async () => {
    const { server, channel } = await connect()
    const content = new ReapiContent(channel)
    const { action, messages } = encodeAction(spec)
    expect(await new ReapiActionCache(channel).get(action)).toBeUndefined()
    await content.putAll([small, ...messages])
    const execute = () =>
      new ReapiExecution(channel).execute(action, { inline: ['out'], signal: new AbortController().signal })
    const [first, second] = await Promise.all([execute(), execute()])
    expect(first.result?.exitCode).toBe(0)
    expect(second.result?.outputFiles).toEqual(first.result?.outputFiles)
    expect(server.workers.executed.length).toBe(1)
    expect((await execute()).cachedResult).toBe(true)
    expect((await new ReapiActionCache(channel).get(action, { inline: ['out'] }))?.outputFiles).toMatchObject([
      { path: 'out', contents: Uint8Array.from(small.bytes) },
    ])
  })

  test('a broken connection goes on with the same execution', async () => {
    const { server, channel } = await connect()
    const { action, messages } = encodeAction({ ...spec, args: ['/bin/sh', '-c', 'sleep 0.3; echo a > out'] })
    await new ReapiContent(channel).putAll([small, ...messages])
    const seen: string[] = []
    const { result } = await new ReapiExecution(channel).execute(action, {
      inline: [],
      signal: new AbortController().signal,
      onStage: (stage) => {
        if (seen.push(stage) === 1) server.breakConnections()
      },
    })
    expect(result?.exitCode).toBe(0)
    expect(server.calls.get('WaitExecution')).toBe(1)
    expect(server.workers.executed.length).toBe(1)
  })

  test('show their output while they run, on after a stream broke', async () => {
    const { server, channel } = await connect()
    const text = 'echo one; while test ! -e FLAG; do sleep 0.02; done; echo two; echo err >&2; echo a > out'
    const flag = join(await mkdtemp(join(tmpdir(), 'live-')), 'flag')
    const { action, messages } = encodeAction({ ...spec, args: ['/bin/sh', '-c', text.replace('FLAG', flag)] })
    await new ReapiContent(channel).putAll([small, ...messages])
    server.fault = (method, call) => (method === 'Read' && call === 1 ? { kind: 'break', after: 1 } : undefined)
    const seen = { stdout: '', stderr: '' }
    const { result } = await new ReapiExecution(channel).execute(action, {
      inline: [],
      signal: new AbortController().signal,
      onOutput: async (stream, data) => {
        seen[stream] += Buffer.from(data).toString()
        // The action ends after its first line was seen.
        if (stream === 'stdout') await writeFile(flag, '')
      },
    })
    expect(result?.exitCode).toBe(0)
    // The end of the action may overtake its last output, which the result has.
    expect('one\ntwo\n'.startsWith(seen.stdout)).toBe(true)
    expect(seen.stdout).toMatch(/^one\n/)
    await rm(dirname(flag), { recursive: true })
  })

  test('do not stand in the way of other calls, however few a connection may have', async () => {
    const { server, channel } = await connect(undefined, { calls: 1 })
    const { action, messages } = encodeAction({ ...spec, args: ['/bin/sh', '-c', 'echo a; exec sleep 60'] })
    const content = new ReapiContent(channel)
    await content.putAll([small, ...messages])
    const seen = Promise.withResolvers<void>()
    const abort = new AbortController()
    const parts = { inline: [], signal: abort.signal, onOutput: () => seen.resolve() }
    const executing = new ReapiExecution(channel).execute(action, parts)
    executing.catch(() => undefined)
    await seen.promise
    expect(await content.has(small)).toBe(true)
    expect(server.workers.running.size).toBe(1)
    abort.abort()
    await expect(executing).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('an aborted call cancels the execution', async () => {
    const { server, channel } = await connect()
    const { action, messages } = encodeAction({ ...spec, args: ['/bin/sh', '-c', 'exec sleep 60'] })
    await new ReapiContent(channel).putAll([small, ...messages])
    const abort = new AbortController()
    const executing = new ReapiExecution(channel).execute(action, {
      inline: [],
      signal: abort.signal,
      onStage: () => abort.abort(),
    })
    await expect(executing).rejects.toMatchObject({ name: 'AbortError' })
    expect(server.calls.get('CancelOperation')).toBe(1)
  })
})

test.for(['http://a:1', 'grpc://', 'grpc://a:1/b', 'grpc://user@a:1', 'grpc://a b'])('"%s" is no server', (url) => {
  expect(() => transportUrl({ url })).toThrow(/is not grpc:\/\/HOST:PORT/)
})

test('an instance cannot have the name of a part of a path', () => {
  expect(() => transportUrl({ url: 'grpcs://a', instance: 'main/blobs' })).toThrow(/cannot be named/)
  expect(transportUrl({ url: 'grpcs://a', instance: 'main' })).toBe('https://a')
})
