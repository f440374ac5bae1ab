import fc from 'fast-check'
import { expect, test } from 'vitest'
import { digestOf } from './digest.ts'
import { familiarReference, formatReference, parseReference, withDefaultTag } from './reference.ts'

const digest = digestOf('x')
const hex = digest.slice(7)

test.each([
  ['busybox', 'docker.io/library/busybox', 'busybox'],
  ['busybox:1.36', 'docker.io/library/busybox:1.36', 'busybox:1.36'],
  ['docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/busybox', 'docker.io/library/busybox', 'busybox'],
  ['index.docker.io/a/b', 'docker.io/a/b', 'a/b'],
  ['team/app', 'docker.io/team/app', 'team/app'],
  ['library/foo/bar', 'docker.io/library/foo/bar', 'library/foo/bar'],
  ['localhost/app', 'localhost/app', 'localhost/app'],
  ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000/app:1'],
  ['host:5000/app', 'host:5000/app', 'host:5000/app'],
  ['Host/app', 'Host/app', 'Host/app'],
  ['registry.example/a/b_c/d--e:v1.0', 'registry.example/a/b_c/d--e:v1.0', 'registry.example/a/b_c/d--e:v1.0'],
  ['[::1]:5000/app', '[::1]:5000/app', '[::1]:5000/app'],
  ['busybox:5000', 'docker.io/library/busybox:5000', 'busybox:5000'],
  [`busybox@${digest}`, `docker.io/library/busybox@${digest}`, `busybox@${digest}`],
  [`a.b/c:t@${digest}`, `a.b/c:t@${digest}`, `a.b/c:t@${digest}`],
  [`library/${hex}`, `docker.io/library/${hex}`, `docker.io/library/${hex}`],
  ['docker.io/localhost/app', 'docker.io/localhost/app', 'docker.io/localhost/app'],
])('%s is %s', (text, full, familiar) => {
  const reference = parseReference(text)
  expect(formatReference(reference)).toBe(full)
  expect(familiarReference(reference)).toBe(familiar)
  expect(parseReference(familiar)).toEqual(reference)
})

test.each([
  ['', 'invalid reference format'],
  [':tag', 'invalid reference format'],
  ['a//b', 'invalid reference format'],
  ['a/', 'invalid reference format'],
  ['../etc', 'invalid reference format'],
  ['a:', 'invalid reference format'],
  ['a:-t', 'invalid reference format'],
  [`a:${'t'.repeat(129)}`, 'invalid reference format'],
  ['a b', 'invalid reference format'],
  ['a___b', 'invalid reference format'],
  ['-a', 'invalid reference format'],
  ['a@sha256:12', 'invalid reference format'],
  [`a@sha384:${hex}${hex}`, 'invalid reference format'],
  [`a@sha512:${hex}`, 'invalid reference format'],
  ['host_x.y:1/a', 'invalid reference format'],
  ['https://registry.example/a', 'invalid reference format'],
  ['Busybox', 'repository name (Busybox) must be lowercase'],
  ['localhost/Team/app:T', 'repository name (Team/app) must be lowercase'],
  [hex, '64 hex digits'],
  [`a.b/${'c'.repeat(252)}`, 'must not be more than 255 characters'],
  ['a'.repeat(1_000_000), 'must not be more than 255 characters'],
])('refuses %j', (text, message) => {
  expect(() => parseReference(text)).toThrow(
    expect.objectContaining({ code: 'REFERENCE_INVALID', message: expect.stringContaining(message) }),
  )
})

test('latest is the tag of a reference that pins nothing', () => {
  expect(withDefaultTag(parseReference('a')).tag).toBe('latest')
  expect(withDefaultTag(parseReference('a:1')).tag).toBe('1')
  expect(withDefaultTag(parseReference(`a@${digest}`)).tag).toBeUndefined()
})

test('what parses also survives both spellings', () => {
  const text = fc.stringMatching(/^([a-zA-Z0-9.:-]{1,6}\/)?[a-z0-9._/-]{1,12}(:[\w.-]{1,4})?$/)
  fc.assert(
    fc.property(text, (name) => {
      const reference = tryParse(name)
      fc.pre(reference !== undefined)
      expect(parseReference(formatReference(reference))).toEqual(reference)
      expect(parseReference(familiarReference(reference))).toEqual(reference)
    }),
  )
})

function tryParse(text: string): ReturnType<typeof parseReference> | undefined {
  try {
    return parseReference(text)
  } catch {
    return undefined
  }
}
