import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { build } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { test } from '../support/test.ts'
import { startWatchedProxy } from '../support/watched-proxy.ts'

const platforms = ['linux/amd64', 'linux/arm64']

describe.skipIf(registryMissing !== undefined)(titled('requests for a base image', registryMissing), () => {
  test('each document is read once for all stages and platforms, and a warm build asks with HEAD', async ({
    directory,
  }) => {
    await using registry = await startRegistry()
    await using proxy = await startWatchedProxy(registry.host)
    const base = `${proxy.host}/team/base:1`
    const text = `FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\n`
    await build({ context: {}, dockerfile: { text }, root: `${directory}/maker`, platforms, tags: [base], push: true })

    const dockerfile = {
      text: [
        `FROM ${base} AS one\nCOPY a /one\n`,
        `FROM ${base} AS two\nCOPY a /two\n`,
        `FROM ${base}\nCOPY --from=one /one /\nCOPY --from=two /two /\nCOPY --from=${base} . /three/\n`,
      ].join(''),
    }
    const requests = async (pull: boolean): Promise<readonly string[]> => {
      proxy.exchanges.splice(0)
      await build({ context: { a: 'a' }, dockerfile, root: `${directory}/store`, platforms, pull, outputs: [] })
      return proxy.exchanges.map(({ method, path }) => `${method} ${path.replace(/sha256:\w+/, 'DIGEST')}`).sort()
    }
    const [manifest, blob] = ['GET /v2/team/base/manifests/DIGEST', 'GET /v2/team/base/blobs/DIGEST']
    const head = 'HEAD /v2/team/base/manifests/1'
    // An index, and for each platform a manifest and a config.
    expect(await requests(false)).toEqual([blob, blob, manifest, manifest, manifest, head])
    expect(await requests(false)).toEqual([head])
    expect(await requests(true)).toEqual([head])
  })

  test('a base that is pinned by digest takes no request once it is in the store', async ({ directory }) => {
    await using registry = await startRegistry()
    await using proxy = await startWatchedProxy(registry.host)
    const name = `${proxy.host}/team/base`
    const { digest } = await build({
      context: {},
      dockerfile: { text: 'FROM scratch\nLABEL a=b\n' },
      root: `${directory}/maker`,
      tags: [name],
      push: true,
    })
    const dockerfile = { text: `FROM ${name}@${digest} AS one\nFROM ${name}@${digest}\nLABEL b=c\n` }
    const requests = async (pull: boolean): Promise<readonly string[]> => {
      proxy.exchanges.splice(0)
      await build({ context: {}, dockerfile, root: `${directory}/store`, pull, outputs: [] })
      return proxy.exchanges.map(
        ({ method, path }) => `${method} ${path.replace(/\/v2\/team\/base\/|sha256:\w+/g, '')}`,
      )
    }
    expect((await requests(false)).toSorted()).toEqual(['GET blobs/', 'GET manifests/', 'HEAD manifests/'])
    expect(await requests(true)).toEqual([])
  })
})
