import { expect, test } from 'vitest'
import { readGenerated } from './read-generated.ts'

const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  predicateType: 'https://spdx.dev/Document',
  subject: [{ name: 'x' }],
  predicate: { SPDXID: 'SPDXRef-DOCUMENT' },
}
const read = (value: unknown) =>
  readGenerated(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'a.spdx.json')

test.each(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'])(
  'a statement of type %s',
  (_type) => {
    expect(read({ ...statement, _type })).toEqual({
      predicateType: statement.predicateType,
      predicate: statement.predicate,
      filename: 'a.spdx.json',
    })
  },
)

test.each([
  [{ ...statement, _type: 'x' }, '"a.spdx.json" is not an in-toto statement: its _type is "x"'],
  [{ predicate: {} }, '"a.spdx.json" is not an in-toto statement: its _type is undefined'],
  [
    { ...statement, predicateType: 'https://slsa.dev/provenance/v1' },
    '"a.spdx.json" is not about an SPDX document: its predicateType is "https://slsa.dev/provenance/v1"',
  ],
  [{ ...statement, predicate: [] }, '"a.spdx.json" is not about an SPDX document: its predicate is no object'],
  [[], '"a.spdx.json" cannot be read: it is not a JSON object'],
  [`${JSON.stringify(statement)}{}`, /^"a\.spdx\.json" cannot be read: .*JSON/],
  ['', /^"a\.spdx\.json" cannot be read: .*JSON/],
])('%j is refused', (value, message) => {
  expect(() => read(value)).toThrow(
    expect.objectContaining({
      code: 'MATERIALS_INVALID',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  )
})
