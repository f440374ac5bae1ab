import { expect, test } from 'vitest'
import { checkOptions, parseCheckOptions, withComments } from './check-options.ts'

test('parts of the directive', () => {
  expect(parseCheckOptions('skip=A,B;experimental=all;error=true')).toEqual({
    skip: new Set(['A', 'B']),
    experimental: 'all',
    error: true,
  })
  expect(parseCheckOptions(' skip=all ')).toMatchObject({ skip: 'all', error: false })
  expect(parseCheckOptions('')).toEqual({ skip: new Set(), experimental: new Set(), error: false })
})

test.each([
  ['skip', 'invalid check option "skip"'],
  ['foo=1', 'invalid check option "foo"'],
  ['error=maybe', 'failed to parse check option "error=maybe"'],
])('%s is refused', (text, message) => {
  expect(() => parseCheckOptions(text)).toThrow(expect.objectContaining({ code: 'CHECK_OPTION_INVALID', message }))
})

test('the build argument replaces the directive', () => {
  const dockerfile = { directives: { escape: '\\', check: 'skip=A' }, text: '# check=skip=A' } as const
  expect(checkOptions(dockerfile).skip).toEqual(new Set(['A']))
  expect(checkOptions(dockerfile, 'skip=B').skip).toEqual(new Set(['B']))
})

test('the first readable comment adds to the options', () => {
  const options = parseCheckOptions('skip=A;error=true')
  expect(withComments(options, ['text', 'check = skip=B', 'check=skip=C'])).toMatchObject({
    skip: new Set(['A', 'B']),
    error: true,
  })
  expect(withComments(options, ['check=skip=all']).skip).toBe('all')
  expect(withComments(options, ['check=nonsense'])).toBe(options)
})
