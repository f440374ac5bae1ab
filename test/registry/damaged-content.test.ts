import { randomBytes } from 'node:crypto'
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { storePaths } from '../../src/layer/disk/store-paths.ts'
import { titled } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { writeTree } from '../support/write-tree.ts'
import { testWith } from './places-test.ts'

// Content on disk is sent without a digest of our own: the registry compares it.

type Host = AsyncDisposable & { readonly host: string }

const registries = [
  { name: 'tsbuild registry serve', missing: undefined, test: testWith<Host>(() => serveTemporary()) },
  {
    name: titled('docker-registry', registryMissing),
    missing: registryMissing,
    test: testWith<Host>(() => startRegistry()),
  },
]

/** Changes a byte in the largest blob of a layout; its digest. */
async function damageLayer(layout: string): Promise<string> {
  const blobs = join(layout, 'blobs', 'sha256')
  const sizes = await Promise.all((await readdir(blobs)).map(async (hex) => [(await stat(join(blobs, hex))).size, hex]))
  const [, hex] = sizes.reduce((largest, each) => (Number(each[0]) > Number(largest[0]) ? each : largest))
  const path = join(blobs, String(hex))
  const bytes = await readFile(path)
  const middle = bytes.length >> 1
  bytes.writeUInt8((bytes[middle] ?? 0) ^ 1, middle)
  await chmod(path, 0o644)
  await writeFile(path, bytes)
  return `sha256:${hex}`
}

describe.each(registries)('$name', ({ missing, test }) => {
  // A blob of up to 8 MiB is one PUT, a larger one a PATCH before it.
  test.skipIf(missing !== undefined).for([
    ['oci:layout:1', 'layout', 3],
    ['oci:layout:1', 'layout', 10],
    ['store:app:1', storePaths('store').layout, 10],
  ] as const)(
    'refuses a damaged layer of %s (%s, %i MiB)',
    async ([place, layout, size], { cwd, registry, call, tryCall }) => {
      await writeTree(join(cwd, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: randomBytes(size << 20) })
      await call('build', '-q', '-t', 'app:1', 'context')
      await call('copy', 'store:app:1', 'oci:layout:1')
      const digest = await damageLayer(join(cwd, layout))
      const target = `${registry.host}/damaged-${size}:1`
      const { code, stderr } = await tryCall('copy', place, target)
      expect([code, stderr]).toEqual([1, expect.stringContaining(`expected ${digest}, got sha256:`)])
      expect(await tryCall('digest', target)).toMatchObject({ code: 1, stderr: expect.stringContaining('not found') })
    },
  )
})
