import { expect, test } from 'vitest'
import { parseSyncYaml, type SyncYaml } from './sync-yaml.ts'

const read = (text: string, isScoped = false): Promise<SyncYaml> =>
  parseSyncYaml(text, { destination: 'mirror.example/team/', isScoped })

const list = `
registry.example:5000:
  images:
    team/busybox: []
    redis:
      - 1.0
      - "sha256:${'0'.repeat(64)}"
  images-by-tag-regex:
    nginx: ^1\\.13\\.[12]$
  credentials:
    username: john
    password: 0x10
quay.io:
  tls-verify: false
  images:
    org/app:
`

test('reads what skopeo sync reads', async () => {
  const { repositories, credentials } = await read(list)
  expect(repositories).toEqual([
    { from: 'registry.example:5000/team/busybox', to: 'mirror.example/team/busybox', wanted: 'all', isInsecure: false },
    {
      from: 'registry.example:5000/redis',
      to: 'mirror.example/team/redis',
      wanted: ['1.0', `sha256:${'0'.repeat(64)}`],
      isInsecure: false,
    },
    {
      from: 'registry.example:5000/nginx',
      to: 'mirror.example/team/nginx',
      wanted: expect.any(Function),
      isInsecure: false,
    },
    { from: 'quay.io/org/app', to: 'mirror.example/team/app', wanted: 'all', isInsecure: true },
  ])
  expect(credentials).toEqual({ 'registry.example:5000': { username: 'john', password: '0x10' } })
})

test('--scoped keeps the whole name', async () => {
  const { repositories } = await read('quay.io: {images: {org/app: [a]}}', true)
  expect(repositories[0]?.to).toBe('mirror.example/team/quay.io/org/app')
})

test.each([
  ['^1.13', ['1.13', '1.14.2', 'v1.99.0']],
  ['>= 1.13.1, < 2', ['1.14.2', 'v1.99.0']],
  ['1.13.x || 3', ['1.13', '3.1.0']],
  ['>=2.0.0-rc.1', ['2.0.0-rc.2', '3.1.0']],
])('images-by-semver %s chooses %j', async (range, chosen) => {
  const tags = ['1.12.9', '1.13', '1.14.2', 'v1.99.0', '2.0.0-rc.2', '3.1.0', 'latest', '1.13-alpine', '1.2.3.4']
  const { repositories } = await read(`a.example: {images-by-semver: {x: "${range}"}}`)
  const wanted = repositories[0]?.wanted
  expect(typeof wanted === 'function' && tags.filter(wanted)).toEqual(chosen)
})

test.each([
  ['- a', 'the list: expected a mapping'],
  ['', 'the list: expected a mapping'],
  ['a: b', 'a: expected a mapping'],
  ['a.example:\n images:\n  x: {y: z}', 'a.example: images: x: expected a list of tags and digests'],
  ['a.example: {images: {"UP": []}}', '"a.example/UP" is not a name of a repository'],
  ['a.example: {images: {"x:1": []}}', 'has a tag or digest'],
  ['a.example: {images-by-tag-regex: {x: "("}}', 'Invalid regular expression'],
  ['a.example: {images-by-semver: {x: ">=one"}}', 'images-by-semver: x: expected a range of versions'],
  ['a.example: {images-by-semver: {x: [1]}}', 'images-by-semver: x: expected a range of versions'],
  ['a.example: {tls-verify: maybe}', 'tls-verify: expected true or false'],
  ['a.example: {cert-dir: /x}', 'cert-dir: is not supported'],
  ['a.example: {credentials: {username: u}}', 'expected username and password'],
  ['a: [', 'cannot read the list: '],
  ['a: 1\na: 2', 'cannot read the list: Map keys must be unique'],
  [`x${' '.repeat(1024 * 1024)}`, 'has more than'],
])('%.60j is refused with its place', async (text, message) => {
  await expect(read(text)).rejects.toThrow(message)
})

test('a bomb of aliases is refused', async () => {
  const levels = Array.from({ length: 12 }, (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level},`.repeat(9)}]`)
  await expect(read(`a0: &a0 [x]\n${levels.join('\n')}\n`)).rejects.toThrow('cannot read the list')
})
