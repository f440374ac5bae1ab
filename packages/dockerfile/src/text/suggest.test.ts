import { expect, test } from 'vitest'
import { didYouMean, suggest } from './suggest.ts'

test('the nearest option within two edits', () => {
  expect(suggest('RUNN', ['ADD', 'RUN', 'USER'])).toBe('RUN')
  expect(suggest('chwon', ['chmod', 'chown'])).toBe('chown')
  expect(suggest('xyz', ['abc'])).toBeUndefined()
})

test('a short word is near within one edit', () => {
  expect(suggest('ls', ['rm', 'du'])).toBeUndefined()
  expect(suggest('kill', ['pull'])).toBeUndefined()
  expect(suggest('psuh', ['pull', 'push'])).toBe('push')
})

test('an exact match needs no suggestion', () => {
  expect(suggest('a', ['b', 'a'])).toBeUndefined()
})

test('a hint only where there is one', () => {
  expect(didYouMean('fro', ['from'], (name) => `--${name}`)).toEqual({
    hint: 'did you mean --from?',
    suggestion: '--from',
  })
  expect(didYouMean('x'.repeat(50_000), ['from'])).toEqual({})
})
