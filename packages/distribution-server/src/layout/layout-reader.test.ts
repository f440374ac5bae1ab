import { OciLayout, oneChunk } from '@tsbuild/content'
import { annotationKeys, type Descriptor, digestOf, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '@tsbuild/content/testing'
import { readLayouts } from './read-layouts.ts'

async function put(layout: OciLayout, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  await layout.put(descriptor, oneChunk(bytes))
  return descriptor
}

async function putImage(layout: OciLayout, text: string, subject?: Descriptor): Promise<Descriptor> {
  const config = await put(layout, mediaTypes.ociConfig, Buffer.from(`{"os":"${text}"}`))
  const layer = await put(layout, mediaTypes.ociLayer, Buffer.from(text))
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] } as const
  return put(layout, mediaTypes.ociManifest, encodeManifest({ ...manifest, ...(subject && { subject }) }))
}

test('names lose their host, and Docker Hub has library/ as well', async () => {
  const layout = await OciLayout.create(join(await temporaryDirectory(), 'Stick'))
  const image = await putImage(layout, 'one')
  await layout.tag(image, 'docker.io/library/app:1')
  await layout.tag(image, 'registry.example:5000/team/web:2')
  await layout.tag(image, '3.0')
  const full = { [annotationKeys.refName]: '4', [annotationKeys.imageName]: 'docker.io/me/tool:4' }
  await layout.add({ ...image, annotations: full })
  const reader = await readLayouts(layout.directory)
  expect(await reader.listRepositories()).toEqual(['app', 'library/app', 'me/tool', 'stick', 'team/web'])
  expect(await reader.listTags('app')).toEqual(['1'])
  expect(await reader.findManifest('stick', '3.0')).toMatchObject({ digest: image.digest, mediaType: image.mediaType })
  expect(await reader.findManifest('me/tool', '4')).toMatchObject({ digest: image.digest })
  expect(await reader.listTags('none')).toBeUndefined()
})

test('only content that the images of a repository lead to is offered', async () => {
  const layout = await OciLayout.create(join(await temporaryDirectory(), 'layout'))
  await layout.tag(await putImage(layout, 'one'), 'one:1')
  await layout.tag(await putImage(layout, 'two'), 'two:1')
  const loose = await put(layout, mediaTypes.ociLayer, Buffer.from('cache'))
  const reader = await readLayouts(layout.directory)
  const layer = digestOf(Buffer.from('one'))
  expect(await reader.findBlob('one', layer)).toMatchObject({ size: 3 })
  expect(await reader.findBlob('two', layer)).toBeUndefined()
  expect(await reader.findBlob('one', loose.digest)).toBeUndefined()
})

test('manifests that refer to an image are found, and those that refer to them', async () => {
  const layout = await OciLayout.create(join(await temporaryDirectory(), 'layout'))
  const image = await putImage(layout, 'one')
  await layout.tag(image, 'one:1')
  const attestation = await putImage(layout, 'attestation', image)
  const signature = await putImage(layout, 'signature', attestation)
  await layout.refer(signature)
  await layout.refer(attestation)
  const reader = await readLayouts(layout.directory)
  expect(await reader.listReferrers('one', image.digest)).toEqual([attestation.digest])
  expect(await reader.listReferrers('one', attestation.digest)).toEqual([signature.digest])
  expect(await reader.findManifest('one', signature.digest)).toBeDefined()
})

test('changes are seen, and a broken manifest leaves the others', async () => {
  const layout = await OciLayout.create(join(await temporaryDirectory(), 'layout'))
  const reader = await readLayouts(layout.directory)
  expect(await reader.listRepositories()).toEqual([])
  await layout.tag(await putImage(layout, 'one'), 'one:1')
  await layout.tag(await put(layout, mediaTypes.ociManifest, Buffer.from('{}')), 'broken:1')
  expect(await reader.findManifest('one', '1')).toBeDefined()
  expect(await reader.findManifest('broken', '1')).toBeUndefined()
  await layout.untag('one:1')
  expect(await reader.listTags('one')).toBeUndefined()
})

test('a directory that is no layout is refused', async () => {
  await expect(readLayouts(await temporaryDirectory())).rejects.toMatchObject({ code: 'LAYOUT_INVALID' })
})

test('a directory of layouts: their paths are the repositories of names that are only tags', async () => {
  const directory = await temporaryDirectory()
  for (const [path, tag] of [
    ['app', '1'],
    ['team/web', '2'],
    ['team/web/deeper', '3'],
  ] as const) {
    const layout = await OciLayout.create(join(directory, path))
    await layout.tag(await putImage(layout, path), tag)
  }
  const reader = await readLayouts(directory)
  expect(await reader.listRepositories()).toEqual(['app', 'team/web'])
  const { digest } = (await reader.findManifest('team/web', '2')) ?? {}
  expect(await reader.findManifest('app', digest ?? '')).toBeUndefined()
  expect(await reader.findBlob('team/web', digestOf(Buffer.from('team/web')))).toBeDefined()
  expect([await reader.listTags('none'), await reader.listReferrers('none', digestOf(''))]).toEqual([undefined, []])
})
