import { expect, test } from 'vitest'
import { parseDevice } from './parse-device.ts'

test.each([
  ['v.com/gpu=0', 'v.com/gpu=0', false],
  ['v.com/gpu', 'v.com/gpu', false],
  ['name=v.com/gpu=0,required', 'v.com/gpu=0', true],
  ['v.com/gpu=*,required=false', 'v.com/gpu=*', false],
  ['REQUIRED=1,fast', 'fast', true],
])('%s', (text, name, required) => {
  expect(parseDevice(text)).toEqual({ name, required })
})

test.each([
  ['', 'failed to parse csv devices: EOF'],
  ['a,b', "invalid field 'b' must be a key=value pair"],
  ['a,name=b', 'device name already set to a'],
  ['a,requird=1', "unexpected key 'requird' in 'requird=1'"],
  ['a,required=maybe', 'invalid value for required: maybe'],
])('"%s" is refused', (text, message) => {
  expect(() => parseDevice(text)).toThrow(message)
})
