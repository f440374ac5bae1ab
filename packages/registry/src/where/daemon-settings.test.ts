import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readDaemonSettings } from './daemon-settings.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-daemon-'))
  await mkdir(join(home, '.config/docker'), { recursive: true })
})
afterEach(() => rm(home, { recursive: true }))

async function read(text: string): Promise<unknown> {
  await writeFile(join(home, '.config/docker/daemon.json'), text)
  return readDaemonSettings({ HOME: home }).catch((error: unknown) => error)
}

test('reads mirrors and insecure registries, and leaves the rest alone', async () => {
  const settings = {
    'registry-mirrors': ['https://m.example', 'http://n.example:5000/hub'],
    'insecure-registries': ['r.example:5000', '10.0.0.0/8'],
    'log-level': 'debug',
  }
  const file = join(home, '.config/docker/daemon.json')
  expect(await read(JSON.stringify(settings))).toEqual({
    file,
    mirrors: [new URL('https://m.example'), new URL('http://n.example:5000/hub')],
    insecure: ['r.example:5000', '10.0.0.0/8'],
  })
  expect(await read('')).toEqual({ file, mirrors: [], insecure: [] })
  expect(await read('{}')).toEqual({ file, mirrors: [], insecure: [] })
})

test.each([
  ['{"registry-mirrors": [', /daemon\.json: .*JSON/],
  ['null', /expected a JSON object/],
  ['{"registry-mirrors": "https://m.example"}', /daemon\.json: registry-mirrors: expected a list of texts/],
  ['{"insecure-registries": [1]}', /daemon\.json: insecure-registries: expected a list of texts/],
  ['{"registry-mirrors": ["https://m.example", "m.example"]}', /registry-mirrors\[1\]: expected https/],
  ['{"registry-mirrors": ["file:///etc"]}', /registry-mirrors\[0\]: expected https/],
  ['{"registry-mirrors": ["https://ann:geheim@m.example"]}', /registry-mirrors\[0\]: a user/],
  [`{}${' '.repeat(1024 * 1024)}`, /too large/],
])('refuses %.60s with its place', async (text, message) => {
  const error = await read(text)
  expect(error).toMatchObject({ code: 'REGISTRY_CONFIG_INVALID', message: expect.stringMatching(message) })
  expect(String(error)).not.toContain('geheim')
})
