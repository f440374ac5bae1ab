import { expect, test } from 'vitest'
import { annotationsFor, readAnnotations } from './annotations.ts'

const arm = { os: 'linux', architecture: 'arm64' }

test('a record is for the manifests, an array says where', () => {
  expect(readAnnotations()).toEqual([])
  expect(readAnnotations({ 'org.x': 'y' })).toEqual([{ target: 'manifest', key: 'org.x', value: 'y' }])
  expect(
    readAnnotations([
      { key: 'a', value: '' },
      { key: 'b', value: 'c', target: 'index-descriptor', platform: 'linux/arm64' },
    ]),
  ).toEqual([
    { target: 'manifest', key: 'a', value: '' },
    { target: 'index-descriptor', platform: arm, key: 'b', value: 'c' },
  ])
})

test('one place gets its own, of its platform or of all, the later winning', () => {
  const all = readAnnotations([
    { key: 'a', value: '1' },
    { key: 'a', value: '2', platform: 'linux/arm64' },
    { key: 'i', value: '3', target: 'index' },
    { key: 'd', value: '4', target: 'manifest-descriptor' },
  ])
  expect(annotationsFor(all, 'manifest', arm)).toEqual({ a: '2' })
  expect(annotationsFor(all, 'manifest', { os: 'linux', architecture: 'amd64' })).toEqual({ a: '1' })
  expect(annotationsFor(all, 'manifest')).toEqual({ a: '1' })
  expect(annotationsFor(all, 'index')).toEqual({ i: '3' })
  expect(annotationsFor(all, 'manifest-descriptor', arm)).toEqual({ d: '4' })
  expect(annotationsFor(all, 'index-descriptor')).toEqual({})
  const turned = readAnnotations([
    { key: 'a', value: '2', platform: 'linux/arm64' },
    { key: 'a', value: '1' },
    { key: 'i', value: '3', target: 'index', platform: 'linux/arm64' },
  ])
  expect(annotationsFor(turned, 'manifest', arm)).toEqual({ a: '2' })
  expect(annotationsFor(turned, 'index')).toEqual({ i: '3' })
})
