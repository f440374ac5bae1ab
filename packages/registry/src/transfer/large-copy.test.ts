import { createHash, randomFillSync } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
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
