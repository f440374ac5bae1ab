import { expect, test } from 'vitest'
import { UsageError } from '../invocation/usage-error.ts'
import { isAnnotationKey, parseAnnotation, parseOutputAnnotation } from './parse-annotation.ts'

test('a flag goes to the manifest, or where its types say', () => {
  expect(parseAnnotation('org.x=y=z')).toEqual([{ target: 'manifest', key: 'org.x', value: 'y=z' }])
  expect(parseAnnotation('a=')).toEqual([{ target: 'manifest', key: 'a', value: '' }])
  expect(parseAnnotation('index,manifest-descriptor[linux/arm64]:a=b:c,d')).toEqual([
    { target: 'index', key: 'a', value: 'b:c,d' },
    { target: 'manifest-descriptor', platform: 'linux/arm64', key: 'a', value: 'b:c,d' },
  ])
  expect(parseAnnotation('a=line\nother')).toMatchObject([{ value: 'line\nother' }])
})

test('an option of an output has its target in its name', () => {
  expect(parseOutputAnnotation('annotation.org.x', 'y')).toEqual({ target: 'manifest', key: 'org.x', value: 'y' })
  expect(parseOutputAnnotation('annotation-index.a.b', 'y')).toEqual({ target: 'index', key: 'a.b', value: 'y' })
  expect(parseOutputAnnotation('annotation-manifest-descriptor[linux/arm64].a', 'y')).toMatchObject({
    target: 'manifest-descriptor',
    platform: 'linux/arm64',
  })
  expect(parseOutputAnnotation('annotation[linux/arm64].a', 'y')).toMatchObject({
    target: 'manifest',
    platform: 'linux/arm64',
    key: 'a',
  })
})

test('malformed ones are refused', () => {
  for (const text of ['', 'novalue', '=b', 'nonsense:a=b', 'index,nonsense:a=b', 'Index:a=b', 'index[a:a=b'])
    expect(() => parseAnnotation(text), text).toThrow(UsageError)
  for (const name of ['annotation', 'annotation.', 'annotation-nonsense.a', 'other.a'])
    expect(isAnnotationKey(name), name).toBe(false)
})
