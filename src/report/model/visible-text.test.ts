import fc from 'fast-check'
import { expect, test } from 'vitest'
import { visibleText } from './visible-text.ts'

test('characters that do not show are written out', () => {
  expect(visibleText('plain \\ name é 日本')).toBe('plain \\ name é 日本')
  expect(visibleText('a\u001b[2Jb\n')).toBe('a\\x1b[2Jb\\x0a')
  expect(visibleText('\u202egpj.exe')).toBe('\\u{202e}gpj.exe')
  expect(visibleText('zero\u200bwidth\ufeff')).toBe('zero\\u{200b}width\\u{feff}')
  expect(visibleText('not \udcff UTF-8')).toBe('not \\xff UTF-8')
})

test('different names stay different', () => {
  const names = fc.string({ unit: fc.constantFrom('\\', 'x', '1', 'b', '\u001b', '\u202e', '{', '}', 'u') })
  fc.assert(
    fc.property(names, names, (a, b) => {
      fc.pre(
        a !== b && (a.includes('\u001b') || a.includes('\u202e')) && (b.includes('\u001b') || b.includes('\u202e')),
      )
      expect(visibleText(a)).not.toBe(visibleText(b))
    }),
  )
})
