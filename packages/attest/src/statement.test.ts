import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import { encodeStatement } from './statement.ts'

test('a statement names its subjects with the digest split into algorithm and hex', () => {
  const digest = digestOf(new TextEncoder().encode('x'))
  const statement = { predicateType: 'https://example.test/p', predicate: { a: 1 }, filename: 'p.json' }
  expect(JSON.parse(new TextDecoder().decode(encodeStatement(statement, [{ name: '_', digest }])))).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://example.test/p',
    subject: [{ name: '_', digest: { sha256: digest.slice('sha256:'.length) } }],
    predicate: { a: 1 },
  })
})
