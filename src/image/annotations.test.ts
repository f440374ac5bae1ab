import { expect, test } from 'vitest'
import { annotationsFor, parseAnnotationFlag, parseOutputAnnotation } from './annotations.ts'

const arm = { os: 'linux', architecture: 'arm64' }

test('a flag goes to the manifest, or where its types say', () => {
  expect(parseAnnotationFlag('org.x=y=z')).toEqual([{ target: 'manifest', key: 'org.x', value: 'y=z' }])
  expect(parseAnnotationFlag('a=')).toEqual([{ target: 'manifest', key: 'a', value: '' }])
  expect(parseAnnotationFlag('index,manifest-descriptor[linux/arm64]:a=b:c,d')).toEqual([
    { target: 'index', key: 'a', value: 'b:c,d' },
    { target: 'manifest-descriptor', platform: arm, key: 'a', value: 'b:c,d' },
  ])
  expect(parseAnnotationFlag('a=line\nother')).toMatchObject([{ value: 'line\nother' }])
})

test('an option of an output has its target in its name', () => {
  expect(parseOutputAnnotation('annotation.org.x', 'y')).toEqual({ target: 'manifest', key: 'org.x', value: 'y' })
  expect(parseOutputAnnotation('annotation-index.a.b', 'y')).toEqual({ target: 'index', key: 'a.b', value: 'y' })
  expect(parseOutputAnnotation('annotation-manifest-descriptor[linux/arm64].a', 'y')).toMatchObject({
    target: 'manifest-descriptor',
    platform: arm,
  })
  expect(parseOutputAnnotation('annotation[linux/arm64].a', 'y')).toMatchObject({
    target: 'manifest',
    platform: arm,
    key: 'a',
  })
})

test('malformed ones are refused', () => {
  for (const text of ['', 'novalue', '=b', 'nonsense:a=b', 'index,nonsense:a=b', 'Index:a=b'])
    expect(() => parseAnnotationFlag(text), text).toThrow(expect.objectContaining({ code: 'ANNOTATION_INVALID' }))
  for (const name of ['annotation', 'annotation.', 'annotation-nonsense.a', 'other.a'])
    expect(() => parseOutputAnnotation(name, 'x'), name).toThrow(
      expect.objectContaining({ code: 'ANNOTATION_INVALID' }),
    )
})

test('one place gets its own, of its platform or of all, the later winning', () => {
  const all = ['a=1', 'manifest[linux/arm64]:a=2', 'index:i=3', 'manifest-descriptor:d=4'].flatMap(parseAnnotationFlag)
  expect(annotationsFor(all, 'manifest', arm)).toEqual({ a: '2' })
  expect(annotationsFor(all, 'manifest', { os: 'linux', architecture: 'amd64' })).toEqual({ a: '1' })
  expect(annotationsFor(all, 'manifest')).toEqual({ a: '1' })
  expect(annotationsFor(all, 'index')).toEqual({ i: '3' })
  expect(annotationsFor(all, 'manifest-descriptor', arm)).toEqual({ d: '4' })
  expect(annotationsFor(all, 'index-descriptor')).toEqual({})
  const turned = ['manifest[linux/arm64]:a=2', 'a=1', 'index[linux/arm64]:i=3'].flatMap(parseAnnotationFlag)
  expect(annotationsFor(turned, 'manifest', arm)).toEqual({ a: '2' })
  expect(annotationsFor(turned, 'index')).toEqual({ i: '3' })
})
