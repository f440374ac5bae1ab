import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { build, openStore } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { test } from '../support/test.ts'
import { startWatchedProxy } from '../support/watched-proxy.ts'

describe.skipIf(registryMissing !== undefined)(titled('an index in a registry', registryMissing), () => {
  test('is made without moving a layer, in its repository and in another', async ({ directory }) => {
    await using registry = await startRegistry()
    await using proxy = await startWatchedProxy(registry.host)
    const name = `${proxy.host}/team/app`
    const digests: string[] = []
    for (const architecture of ['amd64', 'arm64']) {
      const { digest = '' } = await build({
        context: { a: 'x'.repeat(100_000) },
        dockerfile: { text: 'FROM scratch\nCOPY a /\n' },
        platforms: [`linux/${architecture}`],
        root: `${directory}/builds`,
        tags: [`${name}:${architecture}`],
        push: true,
      })
      digests.push(digest)
    }
    await using store = await openStore({ root: `${directory}/empty` })
    const sources = [`${name}@${digests[0]}`, `${name}:arm64`]
    proxy.exchanges.splice(0)
    for (const names of [[`${name}:1`], [`${proxy.host}/other:1`, `${proxy.host}/other:latest`]])
      await store.createIndex({ names, sources, annotations: { team: 'web' }, to: 'registry' })
    // Of each image, its config is read for the platform.
    const blobs = proxy.exchanges.filter(({ path, received }) => path.includes('/blobs/sha256:') && received > 0)
    expect(blobs.every(({ received }) => received < 2000)).toBe(true)
    const sent = proxy.exchanges.filter(({ path }) => path.includes('/blobs/'))
    expect(sent.reduce((sum, exchange) => sum + exchange.sent, 0)).toBe(0)
    expect(await store.images()).toEqual([])
    const { raw, manifests } = await store.inspect(`${proxy.host}/other:latest`)
    expect(manifests.map(({ digest }) => digest)).toEqual(digests)
    expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64'])
    // A single index keeps its bytes, and an image that is in it already is not added again.
    const again = await store.createIndex({
      names: [`${proxy.host}/third:1`],
      sources: [`${name}:1`],
      annotations: {},
      to: 'registry',
    })
    expect(Buffer.from(again.raw).equals(raw)).toBe(true)
    const joined = [`${name}:1`, `${name}:amd64`]
    const { raw: both } = await store.createIndex({ names: [], sources: joined, annotations: {}, to: 'nowhere' })
    expect(JSON.parse(Buffer.from(both).toString())).toMatchObject({ manifests: [{}, {}] })
  })
})
