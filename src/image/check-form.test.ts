import { expect, test } from 'vitest'
import { parseAnnotationFlag } from './annotations.ts'
import type { ImageForm } from './assemble.ts'
import { checkForm } from './check-form.ts'

const amd64 = { os: 'linux', architecture: 'amd64' }
const arm = { os: 'linux', architecture: 'arm', variant: 'v7' }
const plain: ImageForm = {
  compression: { type: 'gzip' },
  forceCompression: false,
  keepForeign: false,
  family: 'oci',
  annotations: [],
  alwaysIndex: false,
}
const annotated = (...flags: string[]): ImageForm => ({ ...plain, annotations: flags.flatMap(parseAnnotationFlag) })

test('what can be', () => {
  checkForm(plain, [amd64])
  checkForm(annotated('a=b', 'manifest-descriptor:a=b', 'manifest[linux/amd64]:a=b'), [amd64])
  checkForm(annotated('index,index-descriptor:a=b', 'manifest[linux/arm/v7]:a=b'), [amd64, arm])
  checkForm({ ...annotated('index:a=b'), alwaysIndex: true }, [amd64])
  checkForm({ ...annotated('a=b'), family: 'docker' }, [amd64])
})

test.for<[ImageForm, string]>([
  ...(['zstd', 'estargz'] as const).map((type): [ImageForm, string] => [
    { ...plain, family: 'docker', compression: { type } },
    `exporter option "compression=${type}" conflicts with "oci-mediatypes=false"`,
  ]),
  [annotated('index:a=b'), 'index annotations not supported for single platform export'],
  [annotated('index-descriptor:a=b'), 'index annotations not supported for single platform export'],
  [annotated('manifest[linux/arm64]:a=b'), 'invalid annotation: no platform linux/arm64 found in source'],
  ...['index', 'index-descriptor', 'manifest-descriptor'].map((type): [ImageForm, string] => [
    { ...annotated(`${type}:a=b`), family: 'docker' },
    'cannot export annotations with "oci-mediatypes=false"',
  ]),
])('what cannot: %o', ([form, message]) => {
  expect(() => checkForm(form, [amd64])).toThrow(message)
})
