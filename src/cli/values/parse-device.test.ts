import { expect, test } from 'vitest'
import { parseDevice } from './parse-device.ts'

test.each([
  ['vendor.com/gpu=0', 'vendor.com/gpu=0'],
  ['vendor.com/gpu', 'vendor.com/gpu'],
  ['/dev/fuse', '/dev/fuse'],
  ['/dev/fuse:rwm', '/dev/fuse'],
  ['/dev/zero:/dev/one:r', '/dev/zero:/dev/one'],
])('%s', (text, device) => {
  expect(parseDevice(text)).toBe(device)
})

test.each(['', 'gpu', '/etc/passwd', '/dev/../etc/x', '/dev/a:/b', '/dev/a:/dev/b:/dev/c'])(
  '"%s" is refused',
  (text) => {
    expect(() => parseDevice(text)).toThrow(`invalid --device "${text}"`)
  },
)
