import { expect, test } from 'vitest'
import { scanFiles } from './testing/scan.ts'

const json = JSON.stringify

test('packages lie in node_modules, and beside one lies the program', async () => {
  const { packages, notes } = await scanFiles({
    'app/package.json': json({ name: 'app', version: '1.0.0', private: true }),
    'app/node_modules/a/package.json': json({
      name: 'a',
      version: '2.0.0',
      license: 'MIT',
      author: 'Some Body <some@body.example> (https://body.example)',
      homepage: 'https://a.example',
    }),
    'app/node_modules/a/dist/esm/package.json': json({ name: 'esm', version: '9.9.9' }),
    'app/node_modules/a/node_modules/@s/b/package.json': json({
      name: '@s/b',
      version: '0.1.0',
      licenses: [{ type: 'MIT' }, { type: 'Apache-2.0' }],
      author: { name: 'N', email: 'n@example' },
    }),
    'app/node_modules/.pnpm/c@1/node_modules/c/package.json': json({
      name: 'c',
      version: '1.0.0',
      license: {},
      author: 7,
    }),
    'app/node_modules/.package-lock.json': json({ packages: { 'node_modules/x': { version: '1' } } }),
    'app/package-lock.json': json({ packages: { 'node_modules/x': { version: '1' } } }),
    'lib/package.json': json({ name: 'lib', version: '1.0.0' }),
    'app/node_modules/nameless/package.json': '{}',
    'app/node_modules/broken/package.json': '{',
  })
  expect(packages.toSorted((a, b) => (a.source < b.source ? -1 : 1))).toMatchObject([
    { name: 'c', purl: { type: 'npm', name: 'c', version: '1.0.0' } },
    {
      name: '@s/b',
      purl: { namespace: '@s', name: 'b' },
      licenses: { terms: ['MIT', 'Apache-2.0'], joined: 'OR' },
      originator: 'N <n@example>',
    },
    {
      name: 'a',
      licenses: { terms: ['MIT'] },
      originator: 'Some Body <some@body.example>',
      homepage: 'https://a.example',
    },
    { name: 'app', version: '1.0.0' },
  ])
  expect(notes).toEqual([
    { path: 'app/node_modules/broken/package.json', message: expect.stringMatching(/^cannot be read: .*JSON/) },
  ])
})

const locks = {
  'v3/package-lock.json': json({
    packages: {
      '': { name: 'root', version: '1.0.0' },
      'node_modules/a': { version: '1.0.0', license: 'ISC' },
      'node_modules/b/node_modules/a': { version: '1.0.0' },
      'node_modules/b/node_modules/@s/c': { version: '2.0.0' },
      'node_modules/alias': { name: 'real', version: '3.0.0' },
      'node_modules/workspace': { link: true, resolved: 'packages/w' },
      'packages/w': { version: '0.0.0' },
    },
  }),
  'v1/package-lock.json': json({
    dependencies: { d: { version: '1.0.0', dependencies: { e: { version: '2.0.0' } } }, f: {} },
  }),
}

test('lock files count in sources, not in images', async () => {
  const names = async (kind: 'installed' | 'source', more = {}) =>
    (await scanFiles({ ...locks, ...more }, { kind })).packages.map(({ name, version }) => `${name}@${version}`).sort()
  expect(await names('source')).toEqual(['@s/c@2.0.0', 'a@1.0.0', 'd@1.0.0', 'e@2.0.0', 'real@3.0.0'])
  expect(await names('installed')).toEqual([])
  const installed = { 'v3/node_modules/a/package.json': json({ name: 'a', version: '1.0.0' }) }
  expect(await names('source', installed)).toEqual(['a@1.0.0', 'd@1.0.0', 'e@2.0.0'])
})
