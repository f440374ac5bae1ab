import { expect, test } from 'vitest'
import type { Descriptor } from './descriptor.ts'
import { digestOf } from './digest.ts'
import { findManifest } from './find-manifest.ts'
import { mediaTypes } from './media-types.ts'
import { parsePlatform } from './platform.ts'

const host = { os: 'linux', architecture: 'amd64' }

function node(name: string, mediaType: string, platform?: string): Descriptor {
  const known = platform === undefined ? {} : { platform: parsePlatform(platform, host) }
  return { mediaType, digest: digestOf(name), size: name.length, ...known }
}
const manifest = (name: string, platform?: string): Descriptor => node(name, mediaTypes.ociManifest, platform)
const index = (name: string, platform?: string): Descriptor => node(name, mediaTypes.ociIndex, platform)

/** Finds in indexes by name; returns the manifest and the number of indexes that were read. */
async function find(
  platform: string,
  tree: Readonly<Record<string, readonly Descriptor[]>>,
): Promise<readonly [Descriptor | undefined, number]> {
  const byDigest = new Map(Object.entries(tree).map(([name, entries]) => [digestOf(name), entries]))
  let reads = 0
  const found = await findManifest(index('root'), parsePlatform(platform, host), async ({ digest }) => {
    reads++
    return byDigest.get(digest) ?? []
  })
  return [found, reads]
}

test('a plain manifest is taken as it is', async () => {
  expect(await findManifest(manifest('a'), host, async () => [])).toEqual(manifest('a'))
})

test('nested indexes are searched, those without a platform last', async () => {
  const tree = {
    root: [index('one'), index('two'), manifest('arm', 'linux/arm64')],
    one: [manifest('s390x', 'linux/s390x')],
    two: [manifest('riscv', 'linux/riscv64'), manifest('amd', 'linux/amd64')],
  }
  expect(await find('linux/arm64', tree)).toEqual([manifest('arm', 'linux/arm64'), 1])
  expect(await find('linux/amd64', tree)).toEqual([manifest('amd', 'linux/amd64'), 3])
  expect(await find('linux/ppc64le', tree)).toEqual([undefined, 3])
})

test('an index with a platform is chosen by it', async () => {
  const tree = {
    root: [index('old', 'linux/arm/v6'), index('new', 'linux/arm/v7')],
    old: [manifest('v6', 'linux/arm/v6')],
    new: [manifest('v7', 'linux/arm/v7')],
  }
  expect(await find('linux/arm/v7', tree)).toEqual([manifest('v7', 'linux/arm/v7'), 2])
})

test('an index that contains itself, and a wide tree, end', async () => {
  expect((await find('linux/amd64', { root: [index('root')] }))[0]).toBeUndefined()
  const wide = Array.from({ length: 100 }, () => index('root'))
  const [found, reads] = await find('linux/amd64', { root: wide })
  expect(found).toBeUndefined()
  expect(reads).toBeLessThanOrEqual(64)
})
