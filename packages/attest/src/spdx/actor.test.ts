import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatActor } from './actor.ts'

test.each([
  ['Colin Watson <cjwatson@debian.org>', 'Person: Colin Watson (cjwatson@debian.org)'],
  [
    'Debian GCC Maintainers <debian-gcc@lists.debian.org>',
    'Organization: Debian GCC Maintainers (debian-gcc@lists.debian.org)',
  ],
  ['Red Hat, Inc.', 'Organization: Red Hat, Inc.'],
  ['Isaac Z. Schlueter <i@izs.me> (http://blog.izs.me)', 'Person: Isaac Z. Schlueter (i@izs.me)'],
  ['A "B" (C)', 'Person: A B C'],
  ['Nobody <not an address>', 'Person: Nobody'],
  ['<only@address.example>', 'NOASSERTION'],
  ['', 'NOASSERTION'],
  [undefined, 'NOASSERTION'],
])('%j is %j', (text, actor) => {
  expect(formatActor(text)).toBe(actor)
})

test('any text becomes a valid field of SPDX', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(formatActor(text)).toMatch(/^(NOASSERTION|(Person|Organization): [^()\r\n]+( \([^()\s]+@[^()\s]+\))?)$/)
    }),
  )
})
