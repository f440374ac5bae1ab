import { join } from 'node:path'
import { expect } from 'vitest'
import { mediaTypes } from '@tsbuild/oci'
import { openImage } from '../support/open-image.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const { ociLayer, ociLayerGzip, ociLayerZstd, dockerLayer, dockerLayerGzip, dockerLayerZstd } = mediaTypes

/**
 * Builds on the same files, published with the options given, and tells the types of the base's
 * layer and the new one.
 */
const test = buildTest.extend<{
  stack: (published: string, output: string) => Promise<readonly (string | undefined)[]>
}>({
  stack: async ({ store, directory }, use) => {
    await writeTree(join(directory, 'base'), { Dockerfile: 'FROM scratch\nCOPY Dockerfile /base\n' })
    await writeTree(join(directory, 'child'), { Dockerfile: 'FROM base\nCOPY Dockerfile /child\n' })
    const run = async (...args: string[]): Promise<void> => {
      const { code, stderr } = await tsbuild(args, { root: store, cwd: directory })
      if (code !== 0) throw new Error(stderr)
    }
    let count = 0
    await use(async (published, output) => {
      count += 1
      const [base, child] = [join(directory, `base-${count}`), join(directory, `child-${count}`)]
      await run('-t', 'base', '-o', `type=oci,tar=false,dest=${base},${published}`, 'base')
      await run(
        '--build-context',
        `base=oci-layout://${base}`,
        '-o',
        `type=oci,tar=false,dest=${child},${output}`,
        'child',
      )
      const { manifest } = await openImage(child)
      return manifest.layers.map(({ mediaType }) => mediaType)
    })
  },
})

test('layers of the base keep their compression and take the names of the family, after any earlier build', async ({
  stack,
}) => {
  for (const [oci, docker, compression] of [
    [ociLayerZstd, dockerLayerZstd, 'zstd'],
    [ociLayer, dockerLayer, 'uncompressed'],
    [ociLayerGzip, dockerLayerGzip, 'gzip'],
  ] as const) {
    // The first of these fills the cache for the others.
    expect(await stack(`compression=${compression}`, 'oci-mediatypes=true')).toEqual([oci, ociLayerGzip])
    expect(await stack(`compression=${compression}`, 'oci-mediatypes=false')).toEqual([docker, dockerLayerGzip])
    if (compression === 'zstd') continue
    expect(await stack(`oci-mediatypes=false,compression=${compression}`, 'oci-mediatypes=true')).toEqual([
      oci,
      ociLayerGzip,
    ])
  }
})

test('force-compression is for layers of the base too', async ({ stack }) => {
  expect(await stack('compression=gzip', 'compression=zstd')).toEqual([ociLayerGzip, ociLayerZstd])
  expect(await stack('compression=gzip', 'compression=zstd,force-compression=true')).toEqual([
    ociLayerZstd,
    ociLayerZstd,
  ])
  expect(await stack('compression=zstd', 'compression=gzip,force-compression=true,oci-mediatypes=false')).toEqual([
    dockerLayerGzip,
    dockerLayerGzip,
  ])
  expect(await stack('compression=gzip', 'compression=uncompressed,force-compression')).toEqual([ociLayer, ociLayer])
})
