import { expect, test } from 'vitest'
import { parseVolume } from './parse-volume.ts'

test.each([
  ['/a:/b', { source: '/a', target: '/b', readonly: false }],
  ['a/b:/c/../d:ro,z', { source: '/here/a/b', target: '/d', readonly: true }],
  ['/a:/b:Z,rw', { source: '/a', target: '/b', readonly: false }],
])('%s', (text, volume) => {
  expect(parseVolume(text, '/here')).toEqual(volume)
})

test.each(['/a', '/a:b', ':/b', '/a:/', '/a:/b/..', '/a:/b:ro:rw', '/a:/b:O'])('"%s" is refused', (text) => {
  expect(() => parseVolume(text, '/here')).toThrow(`invalid --volume "${text}"`)
})
