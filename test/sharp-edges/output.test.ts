import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { build, type BuildOptions, type BuildResult } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { readLayoutIndex } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { treeTime, writeTree } from '../support/write-tree.ts'
import { test } from './edge.ts'

const obstacle = await withoutRun()
const platforms = ['linux/amd64', 'linux/arm64']
const indexType = 'application/vnd.oci.image.index.v1+json'

/** Builds one file for the platforms into outputs that are no single image. */
async function buildFile(
  { directory, root }: { readonly directory: string; readonly root: string },
  options: Partial<BuildOptions>,
): Promise<BuildResult> {
  const context = join(directory, 'context')
  await writeTree(context, { f: 'f' })
  return build({ context, dockerfile: { text: 'FROM scratch\nCOPY f /\n' }, root, ...options })
}

test('119: one platform is a plain manifest, several are an index', async ({ directory, root }) => {
  const layout = join(directory, 'image')
  const outputs = [{ kind: 'oci', dest: layout, tar: false, names: [] }] as const
  const one = await buildFile({ directory, root }, { outputs, platforms: ['linux/amd64'] })
  expect(one.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
  const several = await buildFile({ directory, root }, { outputs: [{ ...outputs[0], dest: `${layout}-2` }], platforms })
  expect(several.mediaType).toBe(indexType)
  const [index] = await readLayoutIndex(`${layout}-2`)
  const text = await readFile(join(`${layout}-2`, 'blobs', ...(index?.digest ?? '').split(':')), 'utf8')
  const { manifests }: { manifests: readonly { platform: unknown }[] } = JSON.parse(text)
  expect(manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ])
})

test('120: several platforms are directories of their own', async ({ directory, root }) => {
  const dest = join(directory, 'out')
  await buildFile({ directory, root }, { outputs: [{ kind: 'local', dest, mode: 'copy' }], platforms })
  expect(await readdir(dest, { recursive: true })).toEqual(expect.arrayContaining(['linux_amd64/f', 'linux_arm64/f']))
  const single = join(directory, 'single')
  await buildFile({ directory, root }, { outputs: [{ kind: 'local', dest: single, mode: 'copy' }] })
  expect(await readdir(single)).toEqual(['f'])
  expect((await lstat(join(single, 'f'))).uid).toBe(process.getuid?.())
})

test('121: an index can be annotated where there is one', async ({ directory, root }) => {
  const dest = join(directory, 'image')
  const outputs = [{ kind: 'oci', dest, tar: false }] as const
  const annotations = [{ key: 'a', value: 'b', target: 'index' }] as const
  await expect(buildFile({ directory, root }, { outputs, annotations })).rejects.toThrow(
    'index annotations not supported for single platform export',
  )
  const { digest = '' } = await buildFile({ directory, root }, { outputs, annotations, platforms })
  expect(JSON.parse(await readFile(join(dest, 'blobs', ...digest.split(':')), 'utf8'))).toMatchObject({
    annotations: { a: 'b' },
  })
})

test('122: SOURCE_DATE_EPOCH dates what is new, and no file of it is later', async ({ edge }) => {
  const image = await edge('COPY f /\nLABEL a=1', { files: { f: 'edge 122' }, args: { SOURCE_DATE_EPOCH: '0' } })
  expect(image.config.created).toBe('1970-01-01T00:00:00Z')
  expect(image.config.history.map(({ created }) => created)).toEqual([
    '2024-01-02T03:04:05Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
  ])
  expect([image.time('/f'), image.time('/etc/passwd')]).toEqual([0, Date.parse('2024-01-02T03:04:05Z') / 1000])
  const later = await edge('COPY f /', { files: { f: 'edge 122 later' }, args: { SOURCE_DATE_EPOCH: '1700000000' } })
  expect(later.time('/f')).toBe(treeTime)
})

test('123: an archive for docker load is for one platform', async ({ directory, root }) => {
  const outputs = [{ kind: 'docker', dest: join(directory, 'image.tar'), tar: true, names: ['x'] }] as const
  await expect(buildFile({ directory, root }, { outputs, platforms })).rejects.toThrow(
    'docker exporter does not currently support exporting manifest lists',
  )
})

test('124: what only changes the config is history without layers', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY f /\nENV A=1\nCMD x\n', { files: { f: '' } })
  expect(image.config.history.map(({ empty_layer: empty }) => empty)).toEqual([undefined, true, true])
  expect([image.manifest.layers.length, image.config.rootfs.diff_ids.length]).toEqual([1, 1])
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('125: equal layers are both there', async ({ edge }) => {
    const { manifest } = await edge('RUN true\nRUN true')
    const [, first, second] = manifest.layers.map(({ digest }) => digest)
    expect([manifest.layers.length, first]).toEqual([3, second])
  })
})
