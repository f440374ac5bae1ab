import { expect, test } from 'vitest'
import { parseChallenges } from './challenge.ts'

/** Challenges as plain values. */
function read(header: string | null): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])
}

test.each([
  [null, []],
  ['', []],
  ['Basic', [['basic', {}]]],
  ['Basic realm="a b"', [['basic', { realm: 'a b' }]]],
  [
    'Bearer realm="https://a/token",service="r",scope="repository:x:pull,push"',
    [['bearer', { realm: 'https://a/token', service: 'r', scope: 'repository:x:pull,push' }]],
  ],
  ['bearer Realm=abc , SERVICE = "x"', [['bearer', { realm: 'abc', service: 'x' }]]],
  [
    'Basic realm="q\\"uote", Bearer realm="u"',
    [
      ['basic', { realm: 'q"uote' }],
      ['bearer', { realm: 'u' }],
    ],
  ],
  ['Bearer error="insufficient_scope"', [['bearer', { error: 'insufficient_scope' }]]],
])('reads %j', (header, expected) => {
  expect(read(header)).toEqual(expected)
})

test('reads a bounded part of an endless header', () => {
  expect(parseChallenges('Basic,'.repeat(100_000)).length).toBeLessThan(2000)
})
