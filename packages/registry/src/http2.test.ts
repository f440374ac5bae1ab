import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyGraph, MemoryContent, OciLayout, oneChunk, readAll } from '@tsbuild/content'
import { type Descriptor, digestOf, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createRegistryClient, type RegistryClientOptions } from './client.ts'
import type { RetryEvent } from './middleware/retry.ts'
import { type ChaosHandler, startChaos } from './testing/chaos-server.ts'
import { sampleBlob } from './testing/content.ts'
import { http2FrontMissing, type Http2FrontOptions, startHttp2Front } from './testing/http2-front.ts'
import { registryMissing, startRegistry } from './testing/registry-server.ts'

const retry = { delay: 1, maxDelay: 2, attempts: 3 }
const blob = sampleBlob(2_000_000)

/** A client and its repository `app` behind a front. */
async function open(
  target: string,
  options: Omit<Http2FrontOptions, 'target'> & Pick<RegistryClientOptions, 'timeouts' | 'onRetry'> = {},
) {
  const front = await startHttp2Front({ target, ...options })
  const client = createRegistryClient({
    insecureRegistries: [front.host],
    retry,
    ...(options.timeouts && { timeouts: options.timeouts }),
    ...(options.onRetry && { onRetry: options.onRetry }),
  })
  return {
    front,
    repository: client.repository({ registry: front.host, repository: 'app' }),
    [Symbol.asyncDispose]: async () => {
      await client.close()
      await front[Symbol.asyncDispose]()
    },
  }
}

/** Answers with the rest of the blob from the requested byte on, but ends the first one early. */
function breakOnce(length: number): ChaosHandler {
  return ({ headers }, response, count) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    const rest = blob.bytes.subarray(start)
    const range = start > 0 ? { 'content-range': `bytes ${start}-${blob.bytes.length - 1}/${blob.bytes.length}` } : {}
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': rest.length, ...range })
    if (count > 0) response.end(rest)
    else response.write(rest.subarray(0, length), () => setTimeout(() => response.destroy(), 50))
  }
}

describe.skipIf(http2FrontMissing !== undefined)(`HTTP/2${http2FrontMissing ? ` (${http2FrontMissing})` : ''}`, () => {
  test.skipIf(registryMissing !== undefined)(
    `carries an image to a registry and back on one connection${registryMissing ? ` (${registryMissing})` : ''}`,
    async () => {
      await using registry = await startRegistry()
      await using there = await open(registry.host)
      await using back = await open(registry.host)
      const image = await makeImage()
      await copyGraph(image.root, { from: image.content, to: there.repository })
      await there.repository.tag(image.root, 'latest')
      const pulled = new MemoryContent()
      const root = await back.repository.resolve('latest')
      await copyGraph(root, { from: back.repository, to: pulled })
      expect(root.digest).toBe(image.root.digest)
      for (const part of image.parts) expect(await pulled.has(part)).toBe(true)
      for (const { front } of [there, back]) {
        expect(front.streams).toBeGreaterThan(3)
        expect(front.sessions).toBe(1)
      }
    },
  )

  test.for(['stream', 'goaway', 'connection'] as const)('continues a download whose %s ended early', async (breaks) => {
    await using server = await startChaos(breakOnce(1_000_000))
    await using way = await open(server.host, { breaks })
    const content = await way.repository.open(blob.descriptor)
    expect(blob.bytes.equals(await readAll(content, blob.bytes.length))).toBe(true)
    const ranges = server.received.map(({ headers }) => headers.range)
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
  })

  test('carries a large blob of a host that refuses HTTP/1.1', async () => {
    const large = sampleBlob(9_000_000)
    await using server = await startChaos((_, response) => {
      response.writeHead(200, { 'content-length': large.bytes.length }).end(large.bytes)
    })
    await using way = await open(server.host, { onlyHttp2: true })
    const content = await way.repository.open(large.descriptor)
    expect(large.bytes.equals(await readAll(content, large.bytes.length))).toBe(true)
    expect(way.front.streams).toBe(1)
  })

  test('gives streams of one connection chunks that no other one frees', async () => {
    const blobs = Array.from({ length: 12 }, (_, index) => sampleBlob(1_500_000 + index))
    await using server = await startChaos(({ url }, response) => {
      const found = blobs.find(({ descriptor }) => url.endsWith(descriptor.digest))
      response.writeHead(200, { 'content-length': found?.bytes.length ?? 0 }).end(found?.bytes)
    })
    await using way = await open(server.host)
    const directory = await mkdtemp(join(tmpdir(), 'tsbuild-http2-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    // Of those that write, only layouts free chunks.
    const to = await OciLayout.create(directory)
    const copied = blobs.map(({ descriptor }) => copyGraph(descriptor, { from: way.repository, to }))
    await Promise.all(copied)
    for (const { descriptor, bytes } of blobs)
      expect(bytes.equals(await readFile(to.pathOf(descriptor.digest)))).toBe(true)
    expect(way.front.sessions).toBe(1)
  })

  test.for(['stream', 'connection'] as const)('begins an upload anew whose %s ended early', async (breaks) => {
    const { puts, error, retries } = await push({ breaks }, (count, response) =>
      count === 0 ? response.destroy() : response.writeHead(201).end(),
    )
    expect(error).toBeUndefined()
    expect(retries.length).toBeGreaterThan(0)
    expect(puts.at(-1)?.equals(blob.bytes)).toBe(true)
  })

  test('ends when a server is silent', async () => {
    const timeouts = { idle: 200, commit: 200 }
    const { error } = await push({ timeouts }, () => {})
    expect(error).toMatchObject({ code: 'REGISTRY_TIMEOUT' })
    await using server = await startChaos((_, response) => {
      response.writeHead(200, { 'content-length': blob.bytes.length }).write(blob.bytes.subarray(0, 1000))
    })
    await using way = await open(server.host, { timeouts })
    const read = way.repository.open(blob.descriptor).then((content) => readAll(content, blob.bytes.length))
    await expect(read).rejects.toMatchObject({ code: 'REGISTRY_TIMEOUT' })
  })

  test('keeps few bytes for a slow reader', async () => {
    const bytes = Buffer.alloc(48 * 1024 * 1024)
    const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes), size: bytes.length }
    let sent = 0
    await using server = await startChaos((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length })
      const piece = 256 * 1024
      const send = (): void => {
        if (sent >= bytes.length) return void response.end()
        const more = bytes.subarray(sent, (sent += piece))
        if (response.write(more)) setImmediate(send)
        else response.once('drain', send)
      }
      send()
    })
    await using way = await open(server.host)
    const content = await way.repository.open(descriptor)
    const reader = content[Symbol.asyncIterator]()
    await reader.next()
    await new Promise((resolve) => setTimeout(resolve, 1000))
    // The window of the stream, and what sockets and the front hold.
    expect(sent).toBeLessThan(16 * 1024 * 1024)
    while ((await reader.next()).done !== true);
    expect(sent).toBe(bytes.length)
  })
})

async function push(
  options: Parameters<typeof open>[1],
  answer: (count: number, response: Parameters<ChaosHandler>[1]) => void,
): Promise<{ error: unknown; puts: readonly Buffer[]; retries: readonly RetryEvent[] }> {
  let count = 0
  await using server = await startChaos(({ method }, response, index) => {
    if (method === 'HEAD') return void response.writeHead(404).end()
    if (method === 'POST') return void response.writeHead(202, { location: `uploads/${index}` }).end()
    answer(count++, response)
  })
  const retries: RetryEvent[] = []
  await using way = await open(server.host, { ...options, onRetry: (event) => retries.push(event) })
  const error = await way.repository.put(blob.descriptor, blob.content).catch((failed: unknown) => failed)
  const puts = server.received.filter(({ method }) => method === 'PUT').map(({ body }) => body)
  return { error, puts, retries }
}

async function makeImage(): Promise<{ root: Descriptor; parts: readonly Descriptor[]; content: MemoryContent }> {
  const content = new MemoryContent()
  const put = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    await content.put(descriptor, oneChunk(bytes))
    return descriptor
  }
  const layers: Descriptor[] = []
  // Of more than 8 MiB: in two requests.
  for (const size of [2000, 300_000, 9 << 20]) layers.push(await put(mediaTypes.ociLayer, sampleBlob(size).bytes))
  const config = await put(mediaTypes.ociConfig, Buffer.from('{"architecture":"amd64","os":"linux"}'))
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers } as const
  const root = await put(mediaTypes.ociManifest, Buffer.from(encodeManifest(manifest)))
  return { root, parts: [config, ...layers, root], content }
}
