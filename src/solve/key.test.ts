import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type KeyPart, keyOf } from './key.ts'

const part: fc.Arbitrary<KeyPart> = fc.letrec<{ readonly part: KeyPart }>((tie) => ({
  part: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(undefined),
    fc.uint8Array({ maxLength: 4 }),
    fc.array(tie('part'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
      tie('part'),
      { maxKeys: 4 },
    ),
  ),
})).part

/** A text that differs for values with different keys: members without value are absent. */
function textOf(value: KeyPart): string {
  if (value === undefined) return 'undefined'
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`
  if (typeof value !== 'object') return `${typeof value} ${JSON.stringify(value)}`
  if (isList(value)) return `[${value.map(textOf).join(',')}]`
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${textOf(member)}`)
  return `{${texts.sort().join(',')}}`
}

function isList(value: object): value is readonly KeyPart[] {
  return Array.isArray(value)
}

test('two values have one key if and only if they are equal', () => {
  fc.assert(
    fc.property(part, part, (left, right) => {
      expect(keyOf('kind', left) === keyOf('kind', right)).toBe(textOf(left) === textOf(right))
    }),
    { numRuns: 2000 },
  )
})

test('a value has another key in another kind, and beside another value', () => {
  fc.assert(
    fc.property(part, fc.string(), (value, text) => {
      expect(keyOf('a', value)).not.toBe(keyOf('b', value))
      expect(keyOf('a', [value, text])).not.toBe(keyOf('a', [value, `${text}x`]))
    }),
  )
})

test('the order of members has no meaning, that of lists has', () => {
  expect(keyOf('a', { x: '1', y: '2' })).toBe(keyOf('a', { y: '2', x: '1' }))
  expect(keyOf('a', { x: '1', y: undefined })).toBe(keyOf('a', { x: '1' }))
  expect(keyOf('a', ['1', '2'])).not.toBe(keyOf('a', ['2', '1']))
})

test.for<[what: string, left: KeyPart, right: KeyPart]>([
  ['parts joined by a dash (osscontainertools/kaniko#875)', ['a-b', 'c'], ['a', 'b-c']],
  ['a path and a digest run together (osscontainertools/kaniko#912)', ['dir/a', 'b'], ['dir/', 'ab']],
  ['an empty text and no value', [''], [undefined]],
  ['a number and its text', [1], ['1']],
  ['a list and its only value', [['a']], ['a']],
  ['text and bytes', ['a'], [Buffer.from('a')]],
])('different keys: %s', ([, left, right]) => {
  expect(keyOf('a', left)).not.toBe(keyOf('a', right))
})
