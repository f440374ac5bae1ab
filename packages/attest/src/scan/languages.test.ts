import { expect, test } from 'vitest'
import { scanFiles } from './testing/scan.ts'

test('Python: wheels, eggs and single files, with the first of three ways to say a licence', async () => {
  const { packages, notes } = await scanFiles({
    'lib/a-1.0.dist-info/METADATA':
      'Metadata-Version: 2.4\nName: A_b\nVersion: 1.0\nLicense-Expression: MIT\nLicense: no\n\nName: in the text',
    'lib/b.egg-info/PKG-INFO':
      'Name: b\nVersion: 2\nLicense: UNKNOWN\nClassifier: Programming Language :: Python\nClassifier: License :: OSI Approved :: BSD License\nAuthor: N\nAuthor-email: n@example\nHome-page: https://b.example\n',
    'lib/c-3.egg-info': 'Name: c\nVersion: 3\nLicense: Copyright me\n        Do what you like.\n',
    'lib/d.dist-info/METADATA': 'Name: d\n',
    'lib/d.dist-info/RECORD': '',
  })
  expect(packages).toEqual([
    { name: 'c', version: '3', purl: { type: 'pypi', name: 'c', version: '3' }, source: 'lib/c-3.egg-info' },
    {
      name: 'A_b',
      version: '1.0',
      purl: { type: 'pypi', name: 'A_b', version: '1.0' },
      source: 'lib/a-1.0.dist-info/METADATA',
      licenses: { terms: ['MIT'], joined: 'AND' },
    },
    {
      name: 'b',
      version: '2',
      purl: { type: 'pypi', name: 'b', version: '2' },
      source: 'lib/b.egg-info/PKG-INFO',
      licenses: { terms: ['BSD License'], joined: 'AND' },
      originator: 'N <n@example>',
      homepage: 'https://b.example',
    },
  ])
  expect(notes).toEqual([{ path: 'lib/d.dist-info/METADATA', message: 'cannot be read: it does not name its package' }])
})

test('Ruby: what specifications assign', async () => {
  const specification = `# -*- encoding: utf-8 -*-
Gem::Specification.new do |s|
  s.name = "nokogiri".freeze
  s.version = "1.16.0"
  s.platform = "x86_64-linux".freeze
  s.homepage = "https://nokogiri.org".freeze
  s.licenses = ["MIT".freeze, "Apache-2.0".freeze]
  s.add_dependency(%q<racc>.freeze, ["~> 1.4"])
end`
  const { packages } = await scanFiles({
    'gems/3.3.0/specifications/nokogiri-1.16.0-x86_64-linux.gemspec': specification,
    'gems/3.3.0/specifications/default/json.gemspec': 's.name = "json"\ns.version = "2.7"\ns.license = "Ruby"\n',
    'gems/3.3.0/gems/nokogiri-1.16.0/nokogiri.gemspec': specification,
  })
  expect(packages).toMatchObject([
    {
      name: 'nokogiri',
      purl: { type: 'gem', version: '1.16.0', qualifiers: { platform: 'x86_64-linux' } },
      licenses: { terms: ['MIT', 'Apache-2.0'], joined: 'OR' },
      homepage: 'https://nokogiri.org',
    },
    { name: 'json', purl: { qualifiers: { platform: '' } }, licenses: { terms: ['Ruby'] } },
  ])
})

test('PHP: what Composer installed, in either layout of its list', async () => {
  const list = [
    { name: 'symfony/console', version: 'v7.0.1', license: ['MIT'], homepage: 'https://symfony.com' },
    { name: 'x' },
    7,
  ]
  const one = {
    name: 'symfony/console',
    version: 'v7.0.1',
    purl: { type: 'composer', namespace: 'symfony', name: 'console', version: 'v7.0.1' },
    licenses: { terms: ['MIT'], joined: 'OR' },
    homepage: 'https://symfony.com',
  }
  const { packages } = await scanFiles({
    'a/vendor/composer/installed.json': JSON.stringify({ packages: list }),
    'b/vendor/composer/installed.json': JSON.stringify(list),
  })
  expect(packages).toEqual([
    { ...one, source: 'a/vendor/composer/installed.json' },
    { ...one, source: 'b/vendor/composer/installed.json' },
  ])
})
