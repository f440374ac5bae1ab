import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findEntry, findAlias, readRegistriesConf, type RegistriesConf, relocate } from './registries-conf.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-conf-'))
})
afterEach(() => rm(home, { recursive: true }))

async function write(name: string, text: string): Promise<string> {
  const file = join(home, '.config/containers', name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  return file
}

async function read(text: string): Promise<RegistriesConf> {
  await write('registries.conf', text)
  return readRegistriesConf({ HOME: home })
}

test('reads registries and their mirrors', async () => {
  const { entries } = await read(`
unqualified-search-registries = ["quay.io"]
[[registry]]
prefix = "Index.Docker.io/team"
location = "inner.example:5000/team"
insecure = true
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.example/hub"
[[registry]]
location = "open.example"
[[registry.mirror]]
location = "[fd00::1]:5000"
insecure = true
pull-from-mirror = "tag-only"
`)
  const file = join(home, '.config/containers/registries.conf')
  expect(entries).toEqual([
    {
      file,
      prefix: 'docker.io/team',
      blocked: false,
      insecure: true,
      location: { host: 'inner.example:5000', path: 'team', insecure: true },
      mirrors: [{ host: 'm.example', path: 'hub', insecure: false, pull: 'digest-only' }],
    },
    {
      file,
      prefix: 'open.example',
      blocked: false,
      insecure: false,
      location: { host: 'open.example', path: '', insecure: false },
      mirrors: [{ host: '[fd00::1]:5000', path: '', insecure: true, pull: 'tag-only' }],
    },
  ])
})

test('a file of the folder replaces a prefix, and the named file that of the user', async () => {
  const entry = (location: string): string => `[[registry]]\nprefix = "a.example"\nlocation = "${location}"\n`
  await write('registries.conf.d/20.conf', entry('second.example'))
  await write('registries.conf.d/10.conf', `${entry('first.example')}[aliases]\nfedora = "registry.example/fedora"\n`)
  await write('registries.conf.d/30.txt', entry('third.example'))
  const { entries, aliases } = await read(entry('main.example'))
  expect(entries.map(({ location }) => location?.host)).toEqual(['second.example'])
  expect(aliases.get('fedora')).toMatchObject({ name: 'registry.example/fedora' })
  const aliasOf = async (text: string): Promise<string | undefined> => (await findAlias(text, { HOME: home }))?.name
  expect(await Promise.all(['fedora', 'fedora:42', `fedora@sha256:${'0'.repeat(64)}`].map(aliasOf))).toEqual(
    Array(3).fill('registry.example/fedora'),
  )
  expect(await Promise.all(['localhost/fedora', 'r.example/fedora', 'x/fedora', 'debian'].map(aliasOf))).toEqual(
    Array(4).fill(undefined),
  )

  const named = await write('other.conf', '[[registry]]\nlocation = "other.example"\n')
  const env = { HOME: home, CONTAINERS_REGISTRIES_CONF: named }
  const prefixes = (await readRegistriesConf(env)).entries.map(({ prefix }) => prefix)
  expect(prefixes).toEqual(['other.example', 'a.example'])
  await expect(readRegistriesConf({ ...env, CONTAINERS_REGISTRIES_CONF: join(home, 'none') })).rejects.toMatchObject({
    code: 'REGISTRY_CONFIG_INVALID',
  })
})

test('the longest prefix wins, at the border of a name', async () => {
  const { entries } = await read(
    ['a.example', 'a.example/team', 'a.example/team/app', '*.example', '*.b.example', 'c.b.example:5000']
      .map((prefix) => `[[registry]]\nprefix = "${prefix}"\nlocation = "x.example/y"\n`)
      .join(''),
  )
  const find = (registry: string, repository: string): string | undefined =>
    findEntry(entries, registry, repository)?.prefix
  expect(find('a.example', '')).toBe('a.example')
  expect(find('a.example', 'teams/app')).toBe('a.example')
  expect(find('a.example', 'team/app2')).toBe('a.example/team')
  expect(find('a.example', 'team/app/part')).toBe('a.example/team/app')
  expect(find('a.example:5000', 'team')).toBe('*.example')
  expect(find('evil-a.example', 'team')).toBe('*.example')
  expect(find('c.b.example', 'team')).toBe('*.b.example')
  expect(find('c.b.example:5000', 'team')).toBe('c.b.example:5000')
  expect(find('b.examples', 'team')).toBeUndefined()
  expect(find('example', 'team')).toBeUndefined()
  expect(find('d.example:5000', 'team')).toBe('*.example')
})

test('a prefix without a port blocks every port of its host, and its mirrors are for the host alone', async () => {
  const mirror = '[[registry.mirror]]\nlocation = "m.example"\n'
  const { entries } = await read(
    `[[registry]]\nlocation = "a.example"\nblocked = true\ninsecure = true\n${mirror}[[registry]]\nprefix = "b.example"\nlocation = "c.example"\n`,
  )
  const { blocked, insecure, mirrors, location } = findEntry(entries, 'a.example:5000', 'team') ?? {}
  expect([blocked, insecure, mirrors, location]).toEqual([true, true, [], undefined])
  expect(findEntry(entries, 'a.example', 'team')?.mirrors).toHaveLength(1)
  expect(findEntry(entries, 'a.example.org', 'team')).toBeUndefined()
  expect(findEntry(entries, 'b.example:5000', 'team')).toBeUndefined()
})

test('a location takes the place of the prefix', () => {
  const place = (prefix: string, path: string, repository: string): string =>
    relocate({ file: '', prefix }, { host: 'x.example', path }, { registry: 'a.example', repository }).repository
  expect(place('a.example', '', 'team/app')).toBe('team/app')
  expect(place('a.example', 'inner', 'team/app')).toBe('inner/team/app')
  expect(place('a.example/team', 'inner', 'team/app')).toBe('inner/app')
  expect(place('a.example/team', '', 'team/app')).toBe('app')
  expect(place('a.example/team/app', 'inner/app2', 'team/app')).toBe('inner/app2')
  expect(place('*.example', 'inner', 'team/app')).toBe('inner/team/app')
})

// As skopeo 1.9 does, which refuses the last two with "invalid reference format".
test('the port of a name that a pattern matches stays behind the host', async () => {
  const relocated = async (location: string, registry: string): Promise<unknown> => {
    const { entries } = await read(`[[registry]]\nprefix = "*.example"\nlocation = "${location}"\n`)
    const entry = findEntry(entries, registry, 'team/app')
    return entry?.location && relocate(entry, entry.location, { registry, repository: 'team/app' })
  }
  const there = { host: 'x.example:5000', repository: 'team/app' }
  expect(await relocated('x.example', 'a.example:5000')).toEqual(there)
  expect(await relocated('x.example:5000', 'a.example')).toEqual(there)
  for (const location of ['x.example:5000', 'x.example/inner'])
    await expect(relocated(location, 'a.example:5000')).rejects.toMatchObject({
      code: 'REGISTRY_CONFIG_INVALID',
      message: expect.stringContaining(
        `registries.conf: "*.example": the port of a.example:5000 cannot follow the location "${location}"`,
      ),
    })
})

test.each([
  ['[[registry', /registries\.conf: line 1, column \d+: /],
  ['[registries.search]\nregistries = ["a.example"]', /version 1 of the format/],
  ['[[registry]]\ninsecure = true', /registry\[0\]: location and prefix are both empty/],
  ['[[registry]]\nprefix = "a.example"', /location is empty/],
  ['[[registry]]\nlocation = "https://a.example"', /location: expected HOST or HOST\/PATH without a scheme/],
  ['[[registry]]\nlocation = "a.example/app:1.0"', /without a tag/],
  ['[[registry]]\nlocation = "ann:geheim@a.example"', /location: expected HOST/],
  ['[[registry]]\nlocation = 1', /location: expected a text/],
  ['[[registry]]\nlocation = "a.example"\nblocked = "yes"', /blocked: expected true or false/],
  ['[[registry]]\nlocation = "a.example"\nmirror = "m.example"', /mirror: expected tables: \[\[mirror\]\]/],
  ['[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\npull-from-mirror = "all"', /mirror\[0\]: location/],
  [
    '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\nlocation="m.example"\npull-from-mirror = "none"',
    /pull-from-mirror: expected all, digest-only or tag-only/,
  ],
  [`#${' '.repeat(1024 * 1024)}`, /too large/],
])('refuses %.60s with its place', async (text, message) => {
  const error = await read(text).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'REGISTRY_CONFIG_INVALID', message: expect.stringMatching(message) })
})
