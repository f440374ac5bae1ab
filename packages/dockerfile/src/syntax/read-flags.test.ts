import { expect, test } from 'vitest'
import { type Flags, readFlags } from './read-flags.ts'
import { splitInstructions } from './split-instructions.ts'

const read = (flags: string): Flags<'chown' | 'chmod', 'link', 'exclude'> => {
  const [text] = splitInstructions([`COPY ${flags} a b`], { skip: 0, escape: '\\' })
  if (text === undefined) throw new Error('no instruction')
  return readFlags(text, { text: ['chown', 'chmod'], boolean: ['link'], list: ['exclude'] })
}

test('values by kind', () => {
  const flags = read('--chown=1 --chmod= --link --exclude=a --exclude=')
  expect([flags.text('chown'), flags.text('chmod'), flags.boolean('link'), flags.list('exclude')]).toEqual([
    '1',
    undefined,
    true,
    ['a', ''],
  ])
  expect(read('').boolean('link')).toBeUndefined()
  expect(read('--link=False').boolean('link')).toBe(false)
})

test.each([
  ['--lnik', 'UNKNOWN_FLAG', 'unknown flag: --lnik'],
  ['--Link', 'UNKNOWN_FLAG', 'unknown flag: --Link'],
  ['--chown', 'FLAG_VALUE_MISSING', 'missing a value on flag: --chown'],
  ['--exclude', 'FLAG_VALUE_MISSING', 'missing a value on flag: --exclude'],
  ['--link=', 'FLAG_VALUE_MISSING', 'missing a value on flag: --link'],
  ['--link=1', 'FLAG_VALUE_INVALID', 'expecting boolean value for flag --link, not: 1'],
  ['--link --link', 'DUPLICATE_FLAG', 'duplicate flag specified: --link'],
])('%s is refused', (flags, code, message) => {
  expect(() => read(flags)).toThrow(expect.objectContaining({ code, message }))
})
