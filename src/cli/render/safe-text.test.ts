import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeBlock, safeJson, safeText } from './safe-text.ts'

test.for<[string, string]>([
  ['plain text\t!', 'plain text\t!'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b[2J\u001b[Hx', 'x'],
  ['\u001b]0;title\u0007x', 'x'],
  ['\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\', 'link'],
  ['a\bb\u0000c\u007f\u0085', 'abc'],
  ['a\u202eb\u2066c', 'abc'],
  ['broken \u001b', 'broken '],
])('%j becomes %j', ([line, text]) => {
  expect(safeText(line)).toBe(text)
})

test('colours stay where they may, and end with the line', () => {
  expect(safeText('\u001b[1;31mred\u001b[2K', { colors: true })).toBe('\u001b[1;31mred\u001b[0m')
  expect(safeText('none', { colors: true })).toBe('none')
})

test('a block keeps its lines', () => {
  expect(safeBlock('a\n\u001b[2Jb\n')).toBe('a\nb\n')
})

test('JSON keeps its value, with the control characters escaped that JSON may hold', () => {
  const value = { text: 'a\u009b2J\u202e\u007f\n\u001bé' }
  for (const indent of [undefined, 2]) {
    const json = safeJson(value, indent)
    expect(JSON.parse(json)).toEqual(value)
    expect(json.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  }
})

test('for any input, tab is the only control character in the output', () => {
  const fragments = fc.constantFrom(
    '\u001b',
    '[',
    ']',
    '2J',
    ';',
    'm',
    '\u0007',
    '\r',
    '\u009b',
    '\u001b[31m',
    'x',
    '\\',
    'P',
    '\u0090',
    '\n',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(fragments, fc.string({ unit: 'binary' }))), (parts) => {
      const line = parts.join('')
      expect(safeText(line)).not.toMatch(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/)
      expect(safeText(line, { colors: true }).replace(/\u001b\[[\d;]*m/g, '')).not.toMatch(
        /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/,
      )
    }),
  )
})
