import { fetchAll } from '@tsbuild/content'
import { type Descriptor, hexOf, mediaTypes, parseIndex, parseManifest, type Platform } from '@tsbuild/oci'
import { expect } from 'vitest'
import type { LayerStore } from '../layer/layer-store.ts'
import { file, layerOf, test } from '../layer/testing/store.ts'
import { readAnnotations } from './annotations.ts'
import { assembleImage } from './assemble.ts'
import type { SolvedTarget } from './target.ts'
import type { AttestationForm } from './attest-platforms.ts'
import { amd64, arm64, plainForm, solved } from './testing/target.ts'

/** A statement with the number of layers. */
const attestations: AttestationForm = {
  statements: async (_, layers) => [
    { predicateType: 'https://example.test/count', predicate: { layers: layers?.length }, filename: 'c.json' },
  ],
  place: 'beside',
  artifact: true,
  names: ['r.example/app:1', 'app'],
}

function targetOf(store: LayerStore, platform: Platform): SolvedTarget {
  return solved([layerOf(store, { a: file('1') })], platform)
}

async function json(store: LayerStore, descriptor: Descriptor | undefined): Promise<unknown> {
  if (descriptor === undefined) throw new Error('no descriptor')
  return JSON.parse(Buffer.from(await fetchAll(store.blobs, descriptor)).toString())
}

test('beside: the image has the digest it has without, and a manifest refers to it', async ({ store }) => {
  const target = targetOf(store, amd64)
  const without = await assembleImage([target], plainForm, store)
  const { root, referrers } = await assembleImage([target], { ...plainForm, attestations }, store)
  expect([without.referrers, root]).toEqual([[], without.root])
  const [referrer] = referrers
  expect(referrer).toMatchObject({
    mediaType: mediaTypes.ociManifest,
    artifactType: 'application/vnd.docker.attestation.manifest.v1+json',
  })
  expect(referrer).not.toHaveProperty('platform')
  const { subject, layers } = parseManifest(await fetchAll(store.blobs, referrer ?? root))
  expect(subject?.digest).toBe(root.digest)
  expect(await json(store, layers[0])).toMatchObject({
    subject: [
      { name: 'pkg:docker/r.example/app@1?platform=linux%2Famd64', digest: { sha256: hexOf(root.digest) } },
      { name: 'pkg:docker/app@latest?platform=linux%2Famd64', digest: { sha256: hexOf(root.digest) } },
    ],
    predicate: { layers: 1 },
  })
})

test('several platforms: the index holds the images only, and each is referred to', async ({ store }) => {
  const targets = [amd64, arm64].map((platform) => targetOf(store, platform))
  const { root, platforms, referrers } = await assembleImage(targets, { ...plainForm, attestations }, store)
  expect(parseIndex(await fetchAll(store.blobs, root)).manifests).toHaveLength(2)
  const subjects = await Promise.all(
    referrers.map(async (one) => parseManifest(await fetchAll(store.blobs, one)).subject?.digest),
  )
  expect(subjects).toEqual(platforms.map(({ manifest }) => manifest.digest))
})

test('in the index: after all images, for an unknown platform; also a single image gets one then', async ({
  store,
}) => {
  const targets = [amd64, arm64].map((platform) => targetOf(store, platform))
  const form = { ...plainForm, attestations: { ...attestations, place: 'index' } } as const
  const { root, platforms, referrers } = await assembleImage(targets, form, store)
  expect(referrers).toEqual([])
  const { manifests } = parseIndex(await fetchAll(store.blobs, root))
  expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64', 'unknown', 'unknown'])
  expect(manifests.slice(2).map(({ annotations }) => annotations?.['vnd.docker.reference.digest'])).toEqual(
    platforms.map(({ manifest }) => manifest.digest),
  )
  const annotations = readAnnotations([{ key: 'a', value: 'b', target: 'index' }])
  const single = await assembleImage(targets.slice(0, 1), { ...form, annotations }, store)
  expect(parseIndex(await fetchAll(store.blobs, single.root))).toMatchObject({
    annotations: { a: 'b' },
    manifests: [{ platform: amd64 }, { platform: { os: 'unknown' } }],
  })
})

test('an image without a name is the subject `_`; nothing to say makes no manifest', async ({ store }) => {
  const targets = [targetOf(store, amd64)]
  const { referrers } = await assembleImage(
    targets,
    { ...plainForm, attestations: { ...attestations, names: [] } },
    store,
  )
  const [referrer] = referrers
  const { layers } = parseManifest(
    await fetchAll(store.blobs, referrer ?? { mediaType: '', digest: 'sha256:', size: 0 }),
  )
  expect(await json(store, layers[0])).toMatchObject({ subject: [{ name: '_' }] })
  const silent = { ...attestations, place: 'index', statements: async () => [] } as const
  const { root } = await assembleImage(targets, { ...plainForm, attestations: silent }, store)
  expect(root.mediaType).toBe(mediaTypes.ociManifest)
})
