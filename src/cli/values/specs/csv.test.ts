import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCsv, parseFields } from './csv.ts'

test.for<[string, readonly string[]]>([
  ['', ['']],
  ['a,b', ['a', 'b']],
  ['a,', ['a', '']],
  ['type=image,"name=a,b"', ['type=image', 'name=a,b']],
  ['"say ""hi""",x', ['say "hi"', 'x']],
  ['""', ['']],
])('%j has the fields %j', ([text, fields]) => {
  expect(parseCsv(text)).toEqual(fields)
})

test.for(['a"b', '"a', '"a"b', 'x,"y'])('%j is refused', (text) => {
  expect(() => parseCsv(text)).toThrow(/quote/)
})

test('any fields can be written so that they are read again', () => {
  const record = fc.array(fc.string(), { minLength: 1 })
  fc.assert(
    fc.property(record, (fields) => {
      expect(parseCsv(fields.map(quote).join(','))).toEqual(fields)
    }),
  )
})

test('keys are trimmed and lower-cased, values are as written', () => {
  expect(parseFields('TYPE=Local, Dest=a=b,push')).toEqual([
    { key: 'type', value: 'Local' },
    { key: 'dest', value: 'a=b' },
    { key: 'push' },
  ])
})

function quote(field: string): string {
  return `"${field.replaceAll('"', '""')}"`
}
