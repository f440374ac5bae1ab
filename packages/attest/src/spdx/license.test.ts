import fc from 'fast-check'
import parseExpression from 'spdx-expression-parse'
import { expect, test } from 'vitest'
import { declareLicense } from './license.ts'

test.each<[readonly string[], string, Readonly<Record<string, string>>]>([
  [['MIT'], 'MIT', {}],
  [['mit'], 'LicenseRef-mit', { 'LicenseRef-mit': 'mit' }],
  [['(MIT or Apache-2.0)'], 'MIT OR Apache-2.0', {}],
  [['MIT', 'MIT OR ISC'], 'MIT AND (MIT OR ISC)', {}],
  [
    ['GPL-2.0-or-later WITH Classpath-exception-2.0 AND Zlib'],
    'GPL-2.0-or-later WITH Classpath-exception-2.0 AND Zlib',
    {},
  ],
  [['MIT and BSD'], 'MIT AND LicenseRef-BSD', { 'LicenseRef-BSD': 'BSD' }],
  [['GPLv2+ or MIT'], 'LicenseRef-GPLv2-cccc354a OR MIT', { 'LicenseRef-GPLv2-cccc354a': 'GPLv2+' }],
  [['Public  Domain'], 'LicenseRef-Public-Domain-f6960be1', { 'LicenseRef-Public-Domain-f6960be1': 'Public Domain' }],
  [
    ['LicenseRef-Of-Others'],
    'LicenseRef-LicenseRef-Of-Others',
    { 'LicenseRef-LicenseRef-Of-Others': 'LicenseRef-Of-Others' },
  ],
  [
    ['GPL-3 with Bison-exception'],
    'LicenseRef-GPL-3-with-Bison-exception-2da7f434',
    { 'LicenseRef-GPL-3-with-Bison-exception-2da7f434': 'GPL-3 with Bison-exception' },
  ],
])('%j is declared as %s', (terms, expression, references) => {
  const declared = declareLicense(terms, 'AND')
  expect(declared?.expression).toBe(expression)
  expect(Object.fromEntries(declared?.references ?? [])).toEqual(references)
})

test('terms to choose from are joined by OR', () => {
  expect(declareLicense(['MIT', 'GPL-2.0-only AND Zlib'], 'OR')?.expression).toBe('MIT OR (GPL-2.0-only AND Zlib)')
})

test.each<[string, readonly string[]]>([
  ['no term', []],
  ['an empty term', ['']],
  ['UNKNOWN', ['UNKNOWN']],
  ['NONE', ['NONE']],
  ['a file elsewhere', ['SEE LICENSE IN EULA.txt']],
  ['prose', ['x'.repeat(201)]],
  ['prose beside a name', ['MIT', 'x'.repeat(201)]],
  ['more than a hundred', Array.from({ length: 101 }, (_, index) => `L${index}`)],
])('%s says nothing', (_, terms) => {
  expect(declareLicense(terms, 'AND')).toBeUndefined()
})

test('any terms become an expression with all its references', () => {
  const term = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.stringMatching(/^(MIT|BSD|\(|\)| AND | or |WITH |\+|LicenseRef-x|GPL-2\.0-only)*$/),
  )
  fc.assert(
    fc.property(fc.array(term, { maxLength: 4 }), fc.constantFrom('AND', 'OR'), (terms, joined) => {
      const declared = declareLicense(terms, joined)
      if (declared === undefined) return
      const used = declared.expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []
      expect(parseExpression(declared.expression)).toBeDefined()
      expect(new Set(used)).toEqual(new Set(declared.references.keys()))
    }),
  )
})
