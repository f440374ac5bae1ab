import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OciLayout, successors } from '@tsbuild/content'
import { mediaTypes } from '@tsbuild/oci'
import { readTar } from '@tsbuild/tar'
import { expect } from 'vitest'
import { readAll } from '@tsbuild/content'
import { file, layerOf, streamOf, test } from '../layer/testing/store.ts'
import { exportDocker } from './docker.ts'
import { exportOci, layoutEntries } from './oci.ts'
import { amd64, armv7, solved } from '../image/testing/target.ts'
import { contextOf } from './testing/context.ts'

const directoryOutput = (dest: string, ...names: string[]) => ({ kind: 'oci', dest, tar: false, names }) as const
const archiveOutput = (kind: 'oci' | 'docker', dest: string, ...names: string[]) =>
  ({ kind, dest, tar: true, names }) as const

async function filesOf(archive: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for await (const { entry, body } of readTar(streamOf(archive)))
    if (entry.type === 'file') files.set(entry.path, await readAll(body, 1e6))
  return files
}

function json(bytes: Uint8Array | undefined): unknown {
  return JSON.parse(Buffer.from(bytes ?? []).toString())
}

test('an existing layout keeps its images, and a name moves to the newer one', async ({ store, directory }) => {
  const dest = join(directory, 'layout')
  const export_ = async (text: string, ...names: string[]) => {
    const context = contextOf(store, [solved([layerOf(store, { f: file(text) })])])
    await exportOci(directoryOutput(dest, ...names), context)
    return (await context.image()).root.digest
  }
  const first = await export_('one', 'app:1', 'app:latest')
  const second = await export_('two', 'app:2', 'app:latest')
  const layout = await OciLayout.open(dest)
  const at = async (tag: string) => (await layout.resolve(tag)).digest
  expect([await at('1'), await at('2'), await at('latest')]).toEqual([first, second, second])
  for (const { descriptor } of await layout.tags()) {
    for (const part of await successors(layout, descriptor)) expect(await layout.has(part)).toBe(true)
  }
})

test('a tag in a layout is that of its full name; an image without a name is the latest, and replaced', async ({
  store,
  directory,
}) => {
  const dest = join(directory, 'layout')
  const named = async (text: string, ...names: string[]) =>
    exportOci(directoryOutput(dest, ...names), contextOf(store, [solved([layerOf(store, { f: file(text) })])]))
  await named('one', 'a:1', 'r.example/b:1')
  await named('two', 'a:1')
  for (const text of ['three', 'four']) await named(text)
  const roots = await (await OciLayout.open(dest)).roots()
  expect(
    roots.map(({ annotations }) => [
      annotations?.['io.containerd.image.name'],
      annotations?.['org.opencontainers.image.ref.name'],
    ]),
  ).toEqual([
    ['r.example/b:1', '1'],
    ['docker.io/library/a:1', '1'],
    [undefined, 'latest'],
  ])
})

test('an empty directory becomes a layout', async ({ store, directory }) => {
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])])
  const dest = join(directory, 'mine')
  await mkdir(dest)
  await exportOci(directoryOutput(dest), context)
  expect((await readdir(dest)).sort()).toEqual(['blobs', 'index.json', 'oci-layout'])
})

test('an archive is a layout with an entry for each name; equal images give equal archives', async ({
  store,
  directory,
}) => {
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])])
  const [first, second] = [join(directory, 'a.tar'), join(directory, 'b.tar')]
  for (const dest of [first, second]) await exportOci(archiveOutput('oci', dest, 'app:1', 'r.example/other'), context)
  const bytes = await readFile(first)
  expect(bytes.equals(await readFile(second))).toBe(true)
  const files = await filesOf(bytes)
  expect(json(files.get('oci-layout'))).toEqual({ imageLayoutVersion: '1.0.0' })
  const { root } = await context.image()
  expect(json(files.get('index.json'))).toMatchObject({
    manifests: [
      {
        digest: root.digest,
        annotations: {
          'org.opencontainers.image.ref.name': '1',
          'io.containerd.image.name': 'docker.io/library/app:1',
        },
      },
      { digest: root.digest, annotations: { 'io.containerd.image.name': 'r.example/other:latest' } },
    ],
  })
})

test('an entry without a name has none, and SOURCE_DATE_EPOCH dates it', () => {
  const root = { mediaType: mediaTypes.ociManifest, digest: `sha256:${'a'.repeat(64)}`, size: 1 } as const
  expect(layoutEntries(root, [], undefined)).toEqual([root])
  expect(layoutEntries(root, [], 5)[0]?.annotations).toEqual({
    'org.opencontainers.image.created': '1970-01-01T00:00:05Z',
  })
})

test('a docker archive points into the layout', async ({ store, directory }) => {
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])])
  const dest = join(directory, 'docker.tar')
  await exportDocker(archiveOutput('docker', dest, 'app:1'), context)
  const files = await filesOf(await readFile(dest))
  const { platforms } = await context.image()
  const pathOf = (digest = '') => `blobs/${digest.replace(':', '/')}`
  const [only] = platforms
  const manifest = [
    { Config: pathOf(only?.config.digest), RepoTags: ['app:1'], Layers: [pathOf(only?.layers[0]?.digest)] },
  ]
  expect(json(files.get('manifest.json'))).toEqual(manifest)
  for (const path of [pathOf(only?.config.digest), pathOf(only?.layers[0]?.digest)]) expect(files.has(path)).toBe(true)
})

test('docker cannot have several platforms, and nothing is written', async ({ store, directory }) => {
  const targets = [amd64, armv7].map((platform) => solved([layerOf(store, { f: file('x') })], platform))
  const dest = join(directory, 'out/docker.tar')
  await expect(exportDocker(archiveOutput('docker', dest, 'app'), contextOf(store, targets))).rejects.toMatchObject({
    code: 'OUTPUT_CONFLICT',
  })
  expect(await readdir(directory)).toEqual(['store'])
})

test('an export that fails leaves nothing where the archive would be', async ({ store, directory }) => {
  const context = contextOf(store, [solved([layerOf(store, { f: file('x') })])])
  const image = await context.image()
  const layer = image.platforms[0]?.layers[0]
  if (layer === undefined) throw new Error('no layer')
  await store.blobs.delete(layer.digest)
  const out = join(directory, 'out')
  for (const kind of ['oci', 'docker'] as const) {
    const failing = { ...context, image: async () => image }
    const exporter = kind === 'oci' ? exportOci : exportDocker
    await expect(exporter(archiveOutput(kind, join(out, 'image.tar')), failing)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  }
  expect(await readdir(out)).toEqual([])
})
