import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatPurl, type Purl } from './purl.ts'

test.each<[Purl, string]>([
  [
    {
      type: 'deb',
      namespace: 'debian',
      name: 'attr',
      version: '1:2.4.47-2+b1',
      qualifiers: { arch: 'amd64', distro: 'debian-12', upstream: '' },
    },
    'pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64&distro=debian-12',
  ],
  [{ type: 'npm', namespace: '@angular', name: 'animation', version: '12.3.1' }, 'pkg:npm/%40angular/animation@12.3.1'],
  [{ type: 'pypi', name: 'Django_all.auth', version: '1!2' }, 'pkg:pypi/django-all.auth@1%212'],
  [
    { type: 'golang', namespace: 'github.com/BurntSushi', name: 'toml', version: 'v1.0.0+incompatible' },
    'pkg:golang/github.com/burntsushi/toml@v1.0.0%2Bincompatible',
  ],
  [
    { type: 'rpm', namespace: 'Fedora', name: 'ImageMagick', qualifiers: { upstream: 'a b.rpm', arch: 'x' } },
    'pkg:rpm/fedora/ImageMagick?arch=x&upstream=a%20b.rpm',
  ],
  [{ type: 'gem', name: "it's (a) *star*~" }, 'pkg:gem/it%27s%20%28a%29%20%2Astar%2A~'],
  [{ type: 'cargo', name: 'x\ud800', version: 'ü' }, 'pkg:cargo/x%EF%BF%BD@%C3%BC'],
])('%j is written %s', (purl, text) => {
  expect(formatPurl(purl)).toBe(text)
})

test('any content comes back, and only permitted characters are written', () => {
  const text = fc.string({ unit: 'binary', minLength: 1 }).map((drawn) => drawn.toWellFormed())
  const segment = text.filter((drawn) => !drawn.includes('/'))
  const purls = fc.record({
    type: fc.constant('generic'),
    namespace: fc.array(segment).map((segments) => segments.join('/')),
    name: segment,
    version: fc.oneof(fc.constant(''), text),
    qualifiers: fc.dictionary(fc.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/), text, { noNullPrototype: true }),
  })
  fc.assert(
    fc.property(purls, (purl) => {
      const written = formatPurl(purl)
      expect(written).toMatch(/^pkg:[A-Za-z0-9.\-_~%:/@?=&]+$/)
      expect(parse(written)).toEqual(purl)
    }),
  )
})

/** From right to left, as the specification says to read them. */
function parse(text: string): Purl {
  const [path = '', query = ''] = text.split('?')
  const [place = '', version = ''] = path.slice('pkg:'.length).split('@')
  const [type = '', ...segments] = place.split('/').map(decodeURIComponent)
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('='))
  return {
    type,
    name: segments.pop() ?? '',
    namespace: segments.join('/'),
    version: decodeURIComponent(version),
    qualifiers: Object.fromEntries(pairs.map(([key = '', value = '']) => [key, decodeURIComponent(value)])),
  }
}
