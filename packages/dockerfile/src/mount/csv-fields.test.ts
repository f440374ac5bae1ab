import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvFields } from './csv-fields.ts'

test('quoted fields come back as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
      expect(csvFields(fields.map((field) => `"${field.replaceAll('"', '""')}"`).join(','))).toEqual(fields)
    }),
  )
})

test('plain and empty fields', () => {
  expect(csvFields('a,,b=c,')).toEqual(['a', '', 'b=c', ''])
})
