import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'

test('objects are maps with sorted keys, Maps are structs in their order', () => {
  expect(canonicalJson({ b: 1, a: [true, null, undefined], c: undefined })).toBe('{"a":[true,null,null],"b":1}')
  expect(
    canonicalJson(
      new Map<string, unknown>([
        ['z', 1],
        ['a', {}],
        ['n', undefined],
      ]),
    ),
  ).toBe('{"z":1,"a":{}}')
})

test('indentation is that of json.MarshalIndent', () => {
  expect(canonicalJson({ a: [1, { b: 2 }], e: [], o: {} }, 2)).toBe(
    '{\n  "a": [\n    1,\n    {\n      "b": 2\n    }\n  ],\n  "e": [],\n  "o": {}\n}',
  )
})

test('what HTML and old JavaScript stumble over is escaped, in keys too', () => {
  expect(canonicalJson({ '<k>': 'a&b\u2028\u2029é\u0001' })).toBe(
    '{"\\u003ck\\u003e":"a\\u0026b\\u2028\\u2029é\\u0001"}',
  )
})

test('keys are sorted by their UTF-8 bytes', () => {
  // U+FF01 is the smaller code point but the larger UTF-16 unit.
  expect(canonicalJson({ '\u{1F600}': 1, '\uFF01': 2 })).toBe('{"！":2,"😀":1}')
})

test('any JSON value survives, and the order of members does not matter', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const text = canonicalJson(value, indent)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(JSON.parse(text), indent)).toBe(text)
    }),
  )
})
