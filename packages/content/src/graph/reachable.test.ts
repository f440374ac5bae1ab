import { type Descriptor, encodeManifest, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { OciLayout } from '../disk/oci-layout.ts'
import { reachable } from './reachable.ts'
import { describeBytes, streamOf } from '../testing/index.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

/** Puts a manifest of one blob that holds `text`. */
async function putManifest(layout: OciLayout, text: string, subject?: Descriptor): Promise<Descriptor> {
  const blob = Buffer.from(text)
  const config = describeBytes(blob, mediaTypes.empty)
  await layout.put(config, streamOf(blob))
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config,
    layers: [],
    ...(subject && { subject }),
  })
  const descriptor = describeBytes(bytes, mediaTypes.ociManifest)
  await layout.put(descriptor, streamOf(bytes))
  return descriptor
}

test('what refers to an image that is in use is in use, and what refers to that; the rest can be dropped', async () => {
  const layout = await OciLayout.create(await temporaryDirectory())
  const image = await putManifest(layout, 'image')
  const attestation = await putManifest(layout, 'attestation', image)
  const signature = await putManifest(layout, 'signature', attestation)
  const old = await putManifest(layout, 'old')
  const loose = await putManifest(layout, 'loose', old)
  const nameless = await putManifest(layout, 'nameless')
  // Before what they refer to: order has no meaning.
  for (const root of [signature, attestation, loose]) await layout.refer(root)
  await layout.tag(image, 'app')
  await layout.add(nameless)
  const used = await reachable(layout, await layout.roots())
  expect([image, attestation, signature, nameless].map(({ digest }) => used.has(digest))).toEqual([
    true,
    true,
    true,
    true,
  ])
  expect([old, loose].map(({ digest }) => used.has(digest))).toEqual([false, false])
  expect(await layout.referrers(image.digest)).toEqual([{ ...attestation, artifactType: mediaTypes.empty }])
  await layout.dropLooseReferrers()
  expect((await layout.roots()).map(({ digest }) => digest)).toEqual(
    [signature, attestation, image, nameless].map(({ digest }) => digest),
  )
  await layout.untag('app')
  await layout.dropLooseReferrers()
  expect((await layout.roots()).map(({ digest }) => digest)).toEqual([nameless.digest])
})

test('a root whose content is gone is kept as it is', async () => {
  const layout = await OciLayout.create(await temporaryDirectory())
  const gone = describeBytes(Buffer.from('gone'), mediaTypes.ociManifest)
  await layout.add(gone)
  await layout.dropLooseReferrers()
  expect(await layout.roots()).toEqual([gone])
})
