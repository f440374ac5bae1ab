import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { annotationKeys, type Descriptor, encodeImageConfig, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { compress } from '../compression/compression.ts'
import { OciLayout } from './oci-layout.ts'
import { readAll } from '../storage/read-all.ts'
import type { ContentTarget } from '../storage/storage.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { describeBytes, streamOf, testContentTarget } from '../testing/index.ts'

testContentTarget('OciLayout', async () => OciLayout.create(await temporaryDirectory()))

async function putBytes(target: ContentTarget, bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
  const descriptor = describeBytes(bytes, mediaType)
  await target.put(descriptor, streamOf(bytes))
  return descriptor
}

/** An image of one empty layer. */
async function putImage(target: ContentTarget): Promise<Descriptor> {
  const tar = new Uint8Array(1024)
  const layer = await putBytes(
    target,
    await readAll(compress(streamOf(tar), { type: 'gzip' }), 1000),
    mediaTypes.ociLayerGzip,
  )
  const config = encodeImageConfig({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [describeBytes(tar).digest] },
    config: { Env: ['A=1'], Labels: { l: 'v' } },
  })
  const manifest = encodeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await putBytes(target, config, mediaTypes.ociConfig),
    layers: [layer],
  })
  return putBytes(target, manifest, mediaTypes.ociManifest)
}

test('names point at descriptors, are replaced and removed', async () => {
  const layout = await OciLayout.create(await temporaryDirectory())
  const image = {
    ...(await putImage(layout)),
    annotations: { own: '1' },
    platform: { os: 'linux', architecture: 'amd64' },
  }
  const other = await putBytes(layout, Buffer.from('{}'), mediaTypes.ociManifest)
  await layout.tag(image, 'docker.io/library/app:1')
  await layout.tag(other, 'docker.io/library/app:1')
  await layout.tag(image, 'docker.io/library/app:1')
  await layout.tag(other, 'b')
  expect(await layout.resolve('docker.io/library/app:1')).toEqual(image)
  expect(await layout.resolve(other.digest)).toEqual(other)
  expect(await layout.tags()).toEqual([
    { reference: 'docker.io/library/app:1', descriptor: image },
    { reference: 'b', descriptor: other },
  ])
  await layout.untag('b')
  await expect(layout.untag('b')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(layout.resolve('b')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect((await layout.roots()).map(({ digest }) => digest)).toEqual([image.digest])
})

test('a name for nothing is refused', async () => {
  const layout = await OciLayout.create(await temporaryDirectory())
  await expect(layout.tag(describeBytes(Buffer.from('x')), 'a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('roots that other tools left without a name are kept', async () => {
  const directory = await temporaryDirectory()
  const layout = await OciLayout.create(directory)
  const image = await putImage(layout)
  await writeFile(
    join(directory, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [image], annotations: { k: 'v' } }),
  )
  await layout.tag(image, 'a')
  const index: unknown = JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'))
  expect(index).toMatchObject({
    annotations: { k: 'v' },
    manifests: [image, { ...image, annotations: { [annotationKeys.refName]: 'a' } }],
  })
})

test('many may create and tag at once, and no name is lost', async () => {
  const directory = await temporaryDirectory()
  const names = Array.from({ length: 20 }, (_, index) => `name${index}`)
  const tagging = names.map(async (name) => {
    const layout = await OciLayout.create(directory)
    await layout.tag(await putImage(layout), name)
  })
  await Promise.all(tagging)
  expect((await (await OciLayout.open(directory)).tags()).map(({ reference }) => reference).toSorted()).toEqual(
    names.toSorted(),
  )
  expect((await readdir(directory)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout'])
})

test.each<[string, Record<string, string>, string]>([
  ['an empty directory', {}, 'LAYOUT_INVALID'],
  [
    'a marker of the future',
    { 'oci-layout': '{"imageLayoutVersion":"2.0.0"}', 'index.json': '{"schemaVersion":2,"manifests":[]}' },
    'LAYOUT_INVALID',
  ],
  ['no index', { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}' }, 'LAYOUT_INVALID'],
  [
    'a damaged index',
    { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', 'index.json': '{"schemaVersion":2,"manifests":[{}]}' },
    'INDEX_INVALID',
  ],
  [
    'an endless index',
    { 'oci-layout': '{"imageLayoutVersion":"1.0.0"}', 'index.json': ' '.repeat(5_000_000) },
    'TOO_LARGE',
  ],
])('open refuses %s', async (_, files, code) => {
  const directory = await temporaryDirectory()
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text)
  await expect(OciLayout.open(directory)).rejects.toMatchObject({ code })
})

test.skipIf(process.platform === 'win32')('open does not wait for a writer of a named pipe', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  expect(spawnSync('mkfifo', [join(directory, 'index.json')]).status).toBe(0)
  await expect(OciLayout.open(directory)).rejects.toMatchObject({
    code: 'LAYOUT_INVALID',
    message: expect.stringContaining('index.json" is a named pipe'),
  })
})

test('create goes on where another one was killed', async () => {
  const directory = await temporaryDirectory()
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true })
  await writeFile(join(directory, 'index.json'), '{"schemaVersion":2,"manifests":[]}')
  await writeFile(join(directory, 'oci-layout.next'), '{')
  expect(await (await OciLayout.create(directory)).tags()).toEqual([])
})

const hasSkopeo = spawnSync('skopeo', ['--version']).status === 0
test.skipIf(!hasSkopeo)('skopeo reads the image by its full name (skipped where skopeo is not installed)', async () => {
  const directory = await temporaryDirectory()
  const layout = await OciLayout.create(directory)
  const image = await putImage(layout)
  await layout.tag(image, 'docker.io/library/app:1.0')
  const text = execFileSync('skopeo', ['inspect', `oci:${directory}:docker.io/library/app:1.0`], { encoding: 'utf8' })
  expect(JSON.parse(text)).toMatchObject({
    Digest: image.digest,
    Architecture: 'amd64',
    Labels: { l: 'v' },
    Env: ['A=1'],
  })
  execFileSync('skopeo', [
    'copy',
    '--quiet',
    `oci:${directory}:docker.io/library/app:1.0`,
    `dir:${join(directory, 'copy')}`,
  ])
})
