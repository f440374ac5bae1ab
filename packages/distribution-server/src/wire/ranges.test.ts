import { expect, test } from 'vitest'
import { parseContentRange, parseRange } from './ranges.ts'

test.each([
  [undefined, undefined],
  ['bytes=0-9', { start: 0, end: 9 }],
  ['bytes=5-', { start: 5, end: 99 }],
  ['bytes=-10', { start: 90, end: 99 }],
  ['bytes=-1000', { start: 0, end: 99 }],
  ['bytes=90-1000', { start: 90, end: 99 }],
  ['bytes=0-1,5-6', undefined],
  ['lines=0-1', undefined],
  ['bytes=-', undefined],
  ['bytes=a-b', undefined],
  ['bytes=99999999999999999999-', undefined],
])('Range %j of 100 bytes', (header, expected) => expect(parseRange(header, 100)).toEqual(expected))

test.each(['bytes=100-', 'bytes=500-0', 'bytes=-0', 'bytes=100-200'])('Range %s of 100 bytes is 416', (header) =>
  expect(() => parseRange(header, 100)).toThrow(expect.objectContaining({ status: 416 })),
)

test('a range of nothing is 416', () => {
  expect(() => parseRange('bytes=0-', 0)).toThrow(expect.objectContaining({ status: 416 }))
})

test('Content-Range of a chunk', () => {
  expect(parseContentRange(undefined)).toBeUndefined()
  expect(parseContentRange('0-9')).toEqual({ start: 0, end: 9 })
  expect(parseContentRange('bytes 10-19/*')).toEqual({ start: 10, end: 19 })
  for (const header of ['9-0', '-5', '5-', 'a-b', '0-9x', `0-${'9'.repeat(30)}`])
    expect(() => parseContentRange(header)).toThrow(expect.objectContaining({ code: 'BLOB_UPLOAD_INVALID' }))
})
