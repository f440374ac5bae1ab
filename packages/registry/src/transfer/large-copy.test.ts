import { spawnSync } from 'node:child_process'
import { createHash, randomFillSync } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyGraph, OciLayout, oneChunk } from '@tsbuild/content'
import { canonicalJson, type Descriptor, digestOf, mediaTypes } from '@tsbuild/oci'
import { expect, onTestFinished, test } from 'vitest'
import { createRegistryClient } from '../client.ts'
import { registryMissing, startRegistry } from '../testing/registry-server.ts'

const layerSize = 24 * 1024 * 1024 + 17

async function* randomChunks(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= 100_000) yield randomFillSync(Buffer.alloc(Math.min(left, 100_000)))
}

async function putImage(layout: OciLayout): Promise<Descriptor> {
  const put = async (mediaType: string, value: unknown): Promise<Descriptor> => {
    const bytes = Buffer.from(canonicalJson(value))
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    await layout.put(descriptor, oneChunk(bytes))
    return descriptor
  }
  const layers: Descriptor[] = []
  for (let index = 0; index < 3; index++)
    layers.push({ mediaType: mediaTypes.ociLayer, ...(await layout.ingest(randomChunks(layerSize))) })
  const config = await put(mediaTypes.ociConfig, { architecture: 'amd64', os: 'linux' })
  return put(mediaTypes.ociManifest, { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers })
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

test.skipIf(registryMissing !== undefined)(
  `layers of many chunks come through two registries unharmed${registryMissing ? ` (${registryMissing})` : ''}`,
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tsbuild-large-'))
    onTestFinished(() => rm(directory, { recursive: true, force: true }))
    await using first = await startRegistry()
    await using second = await startRegistry()
    await using client = createRegistryClient()
    const [one, two] = [first, second].map(({ host }) => client.repository({ registry: host, repository: 'app' }))
    if (!one || !two) throw new Error('two registries were started')
    const from = await OciLayout.create(join(directory, 'from'))
    const to = await OciLayout.create(join(directory, 'to'))
    const image = await putImage(from)
    await copyGraph(image, { from, to: one })
    await copyGraph(image, { from: one, to: two })
    await copyGraph(image, { from: two, to })
    let count = 0
    for await (const { digest } of to.blobs.list()) {
      expect(await hashFile(to.pathOf(digest))).toBe(digest.slice('sha256:'.length))
      count++
    }
    expect(count).toBe(5)
  },
)

/** Sends a blob in chunked encoding, whose pieces share the buffers of the receiver. */
function sendInPieces(blob: Buffer): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.url?.startsWith('/v2/app/blobs/') !== true) {
      response.writeHead(200).end()
      return
    }
    response.writeHead(200)
    let sent = 0
    const send = (): void => {
      while (sent < blob.length) {
        const size = 1 + ((sent * 7919) % 100_000)
        const piece = blob.subarray(sent, sent + size)
        sent += piece.length
        if (response.write(piece)) continue
        response.once('drain', send)
        return
      }
      response.end()
    }
    send()
  }
}

const noOpenssl = spawnSync('openssl', ['version']).status !== 0

test.for([
  ['http', false],
  ['https', noOpenssl],
] as const)('pieces of any size arrive unharmed over %s', async ([scheme, isMissing], { skip }) => {
  skip(isMissing, 'openssl is not installed')
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-large-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const blob = randomFillSync(Buffer.alloc(layerSize))
  const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(blob), size: blob.length }
  const handle = sendInPieces(blob)
  const server = scheme === 'http' ? createServer(handle) : createSecureServer(await makeCertificate(directory), handle)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => server.close().closeAllConnections())
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const host = `127.0.0.1:${address.port}`
  await using client = createRegistryClient({ insecureRegistries: [host] })
  const to = await OciLayout.create(join(directory, 'to'))
  const from = client.repository({ registry: host, repository: 'app' })
  await copyGraph(descriptor, { from, to })
  expect(await hashFile(to.pathOf(descriptor.digest))).toBe(descriptor.digest.slice('sha256:'.length))
})

async function makeCertificate(directory: string): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const [key = '', cert = ''] = ['key.pem', 'cert.pem'].map((name) => join(directory, name))
  const subject = ['-subj', '/CN=127.0.0.1', '-days', '1']
  spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, ...subject])
  return { key: await readFile(key), cert: await readFile(cert) }
}
