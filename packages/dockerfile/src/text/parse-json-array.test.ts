import { expect, test } from 'vitest'
import { parseJsonArray } from './parse-json-array.ts'

test('a whole array of strings', () => {
  expect(parseJsonArray(' ["a", "\\u00e9"] ')).toEqual(['a', 'é'])
  expect(parseJsonArray('[]')).toEqual([])
})

test.each(['', 'a', "['a']", '["a",]', '["a"] b', '["a"', '["\\x"]', '{"a": 1}'])('%s is no array', (text) => {
  expect(parseJsonArray(text)).toBeUndefined()
})

test.each(['["a", 1]', '[null]', '[["a"]]', '[{}]'])('%s holds more than strings', (text) => {
  expect(() => parseJsonArray(text)).toThrow(expect.objectContaining({ code: 'JSON_NOT_STRINGS' }))
})

test('half of a surrogate pair becomes a replacement character', () => {
  expect(parseJsonArray('["\\ud800"]')).toEqual(['\u{fffd}'])
})
