import { expect, test } from 'vitest'
import { DockerfileError } from '../text/errors.ts'
import { expandHeredoc, expandWord, expandWords } from './expand.ts'

const variables: Readonly<Record<string, string>> = { A: 'a', E: '', S: 'x y', P: 'foo.tar.gz', größe: 'g', '1': 'no' }
const lookup = (name: string): string | undefined => variables[name]

test.each([
  ['$A${A}$U', 'aa'],
  ['${A}}', 'a}'],
  ['$größe.', 'g.'],
  ['$12', ''],
  ['$$', ''],
  ['$@@@', '@@'],
  ['a$', 'a$'],
  ['$.', '$.'],
  ['${E:-d}|${E-d}|${U:-d}|${U-d}', 'd||d|d'],
  ['${A:+d}|${E:+d}|${E+d}|${U+d}', 'd||d|'],
  ['${A:?x}${E?x}', 'a'],
  ['${U:-${A:+${S}}}', 'x y'],
  ["${U:-'$A'}", '$A'],
  ['${U:-"}"}', '}'],
  ['${U:-\\}}', '}'],
  ['\\$A', '$A'],
  ['a\\tb', 'atb'],
  ['a\\', 'a'],
  ['"a\\tb"', 'a\\tb'],
  ['"\\"\\$\\\\"', '"$\\'],
  ["'a\\'b", 'a\\b'],
  ['"$S"$E', 'x y'],
  [' a  b ', ' a  b '],
  ['a << b', 'a << b'],
  ['${P/tar/\\/}', 'foo.\\/.gz'],
])('%s becomes %s', (word, text) => {
  expect(expandWord(word, lookup)).toBe(text)
})

test.each([
  ['${}', 'syntax error: bad substitution'],
  ['${:x}', 'syntax error: bad substitution'],
  ['${{x}', 'syntax error: bad substitution'],
  ['${', "syntax error: missing '}'"],
  ['${A', "syntax error: missing '}'"],
  ['${A:', "syntax error: missing '}'"],
  ['${A:-b', "syntax error: missing '}'"],
  ["${A:-'b}", "syntax error: missing '}'"],
  ['${A/b}', "syntax error: missing '/' in ${}"],
  ['${A/b/c', "syntax error: missing '}'"],
  ['${A=w}', 'unsupported modifier (=) in substitution'],
  ['${A:1}', 'unsupported modifier (:1) in substitution'],
  ['${A^^}', 'unsupported modifier (^) in substitution'],
  ['${A,,}', 'unsupported modifier (,) in substitution'],
  ['${A:#p}', 'unsupported modifier (:#) in substitution'],
  ['${A:%p}', 'unsupported modifier (:%) in substitution'],
  ['${E:?}', 'E: is not allowed to be empty'],
  ['${U:?}', 'U: is not allowed to be unset'],
  ['${U?say $A}', 'U: say a'],
  ["'a", 'unexpected end of statement while looking for matching single-quote'],
  ['"a', 'unexpected end of statement while looking for matching double-quote'],
])('%s fails: %s', (word, problem) => {
  expect(() => expandWord(word, lookup)).toThrow(expect.objectContaining({ code: 'EXPANSION_FAILED' }))
  expect(() => expandWord(word, lookup)).toThrow(`failed to process ${JSON.stringify(word)}: ${problem}`)
})

test('a long word is cut in the message', () => {
  expect(() => expandWord(`'${'x'.repeat(5000)}`, lookup)).toThrow(/^failed to process "'x{255}…": /)
})

test('the escape character is the file’s, in heredocs it is not', () => {
  expect(expandWord('`$A\\$A', lookup, { escape: '`' })).toBe('$A\\a')
  expect(expandHeredoc('"`$A" \\$A \'\\\n', lookup)).toBe('"`a" $A \'\n')
})

test('words are cut at blanks, quoted and escaped ones excepted', () => {
  expect(expandWords(' 80  $S "$S" a\\ b \'\' ', lookup)).toEqual(['80', 'x', 'y', 'x y', 'a b'])
  expect(expandWords('a$S', lookup)).toEqual(['ax', 'y'])
})

test('every name that is looked up is reported', () => {
  const seen: [string, string | undefined][] = []
  expandWord('$A ${U:-$E} ${U+$A}', lookup, { onLookup: (name, value) => seen.push([name, value]) })
  expect(seen).toEqual([
    ['A', 'a'],
    ['E', ''],
    ['U', undefined],
    ['A', 'a'],
    ['U', undefined],
  ])
})

test.each(['$A', '"$A"', '${U:-$A}', '${A/x/$A}'])('a result of %s that grows without end is refused', (part) => {
  const big = 'x'.repeat(1024 * 1024)
  expect(() => expandWord(part.repeat(20), (name) => (name === 'A' ? big : undefined))).toThrow(DockerfileError)
})

test('replacements that grow without end are refused', () => {
  expect(() => expandWord('${A//x/yyyyyyyyyyyyyyyyyyyy}', () => 'x'.repeat(1024 * 1024))).toThrow(
    'the replacements have more than',
  )
})
