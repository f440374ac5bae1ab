import { expect, test } from 'vitest'
import { type AnnotationOption, readAnnotations } from './annotations.ts'
import type { ImageForm } from './assemble.ts'
import { checkForm } from './check-form.ts'
import { amd64, armv7, plainForm } from './testing/target.ts'

/** A form with the annotation `a=b` in these places. */
const annotated = (...places: Omit<AnnotationOption, 'key' | 'value'>[]): ImageForm => ({
  ...plainForm,
  annotations: readAnnotations(places.map((place) => ({ key: 'a', value: 'b', ...place }))),
})

test('what can be', () => {
  checkForm(plainForm, [amd64])
  checkForm(annotated({}, { target: 'manifest-descriptor' }, { platform: 'linux/amd64' }), [amd64])
  checkForm(annotated({ target: 'index' }, { target: 'index-descriptor' }, { platform: 'linux/arm/v7' }), [
    amd64,
    armv7,
  ])
  checkForm({ ...annotated({ target: 'index' }), alwaysIndex: true }, [amd64])
  checkForm({ ...annotated({}), family: 'docker' }, [amd64])
})

test.for<[ImageForm, string]>([
  ...(['zstd', 'estargz'] as const).map((type): [ImageForm, string] => [
    { ...plainForm, family: 'docker', compression: { type } },
    `exporter option "compression=${type}" conflicts with "oci-mediatypes=false"`,
  ]),
  [annotated({ target: 'index' }), 'index annotations not supported for single platform export'],
  [annotated({ target: 'index-descriptor' }), 'index annotations not supported for single platform export'],
  [annotated({ platform: 'linux/arm64' }), 'invalid annotation: no platform linux/arm64 found in source'],
  ...(['index', 'index-descriptor', 'manifest-descriptor'] as const).map((target): [ImageForm, string] => [
    { ...annotated({ target }), family: 'docker' },
    'cannot export annotations with "oci-mediatypes=false"',
  ]),
])('what cannot: %o', ([form, message]) => {
  expect(() => checkForm(form, [amd64])).toThrow(message)
})
