import { expect, test } from 'vitest'
import { splitWords } from './split-words.ts'

test.each<[text: string, words: readonly string[]]>([
  ['', []],
  ['  a   b ', ['a', 'b']],
  ['a="x y" b', ['a="x y"', 'b']],
  ["a='x\\' b", ["a='x\\'", 'b']],
  ['a=x\\ y b', ['a=x\\ y', 'b']],
  ['a="x\\" y" b', ['a="x\\" y"', 'b']],
  ['a="x y', ['a="x y']],
  ['"" a', ['""', 'a']],
  ['a \\', ['a']],
  ['a b\\', ['a', 'b']],
])('%s', (text, words) => {
  expect(splitWords(text, '\\')).toEqual(words)
})

test('the escape character may be a backtick', () => {
  expect(splitWords('a=c:\\x` y', '`')).toEqual(['a=c:\\x` y'])
})
