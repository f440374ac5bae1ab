import { expect, test } from 'vitest'
import { emptyResult } from '../testing/invocation.ts'
import { buildMetadata, metadataProvenance } from './metadata.ts'

const digest = `sha256:${'a'.repeat(64)}` as const
const warnings = [
  { code: 'JSONArgsRecommended', message: 'JSON arguments recommended', line: 3, url: 'https://rule.example/' },
]

test('an image has its descriptor, annotated and with its platform, and its names', () => {
  const platform = { os: 'linux', architecture: 'arm64' }
  const made = {
    ...emptyResult,
    digest,
    configDigest: digest,
    mediaType: 'x/y',
    size: 3,
    annotations: { a: 'b' },
    platform,
    names: ['a', 'b'],
  }
  expect(buildMetadata(made, {})).toEqual({
    'containerimage.config.digest': digest,
    'containerimage.descriptor': { mediaType: 'x/y', digest, size: 3, annotations: { a: 'b' }, platform },
    'containerimage.digest': digest,
    'image.name': 'a,b',
  })
})

test('files alone have no metadata', () => {
  expect(buildMetadata({ ...emptyResult, warnings }, {})).toEqual({})
})

test.for(['1', 'true', 'T'])('warnings are included when BUILDX_METADATA_WARNINGS is %s', (value) => {
  const { 'buildx.build.warnings': told } = buildMetadata(
    { ...emptyResult, warnings },
    { BUILDX_METADATA_WARNINGS: value },
  )
  expect(told).toEqual([
    {
      level: 1,
      short: Buffer.from('JSONArgsRecommended: JSON arguments recommended (line 3)').toString('base64'),
      url: 'https://rule.example/',
      range: [{ start: { line: 3 }, end: { line: 3 } }],
    },
  ])
})

test.for(['0', 'no', ''])('and left out when it is %j, or without warnings', (value) => {
  expect(buildMetadata({ ...emptyResult, warnings }, { BUILDX_METADATA_WARNINGS: value })).toEqual({})
  expect(buildMetadata(emptyResult, { BUILDX_METADATA_WARNINGS: '1' })).toEqual({})
})

test('provenance of the only platform has the plain key, of several each its own', () => {
  const of = (provenance: Readonly<Record<string, unknown>>) => buildMetadata({ ...emptyResult, provenance }, {})
  expect(of({ 'linux/amd64': { a: 1 } })).toEqual({ 'buildx.build.provenance': { a: 1 } })
  expect(of({ 'linux/amd64': { a: 1 }, 'linux/arm/v7': { a: 2 } })).toEqual({
    'buildx.build.provenance/linux/amd64': { a: 1 },
    'buildx.build.provenance/linux/arm/v7': { a: 2 },
  })
})

test.for([
  [undefined, 'min'],
  ['anything', 'min'],
  ['1', 'min'],
  ['max', 'max'],
  ['disabled', undefined],
  ['false', undefined],
] as const)('BUILDX_METADATA_PROVENANCE=%s wants %s', ([value, wanted]) => {
  expect(metadataProvenance(value === undefined ? {} : { BUILDX_METADATA_PROVENANCE: value })).toBe(wanted)
})
