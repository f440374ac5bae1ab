import { expect, test } from 'vitest'
import { mountSource } from './mount-source.ts'

test.each([
  ['from=a', { from: 'a', target: '' }],
  ['type=bind,from=a,target=/x', { from: 'a', target: '/x' }],
  ['TYPE=Cache,FROM=A,dst=/x,mode=$M', { from: 'A', target: '/x' }],
  ['"from=a","target=/x,""y"""', { from: 'a', target: '/x,"y"' }],
  ['from=a,from=b', { from: 'b', target: '' }],
])('%s takes from a place', (text, expected) => {
  expect(mountSource(text)).toEqual(expected)
})

test.each(['target=/x', 'from=,target=/x', 'type=tmpfs,from=a', 'type=secret,id=a', 'source=from=a', ''])(
  '%s takes from nowhere else',
  (text) => {
    expect(mountSource(text)).toBeUndefined()
  },
)
