import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type HostsToml, readHostsToml } from './hosts-toml.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-hosts-'))
})
afterEach(() => rm(home, { recursive: true }))

async function write(folder: string, text: string): Promise<string> {
  const directory = join(home, '.config', folder)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'hosts.toml'), text)
  return directory
}

const read = (registry = 'r.example:5000'): Promise<HostsToml | undefined> =>
  readHostsToml(registry, new URL(`https://${registry}/`), { HOME: home })

test('reads the server and its hosts, files beside it', async () => {
  const directory = await write(
    'containerd/certs.d/r.example:5000',
    `
server = "https://upstream.example"
[host."https://m.example"]
capabilities = ["pull", "resolve"]
ca = "ca.crt"
client = [["client.cert", "client.key"]]
[host."http://n.example:5000/hub"]
capabilities = ["pull"]
skip_verify = true
client = "/both.pem"
[host."http://n.example:5000/hub".header]
X-Key = ["a", "b"]
[host."o.example/v2/hub"]
override_path = true
ca = ["/a.crt", "b.crt"]
`,
  )
  const plain = { pull: true, resolve: true, skipVerify: false, ca: [], client: undefined, headers: {} }
  expect(await read()).toEqual({
    file: join(directory, 'hosts.toml'),
    hasServer: true,
    server: { ...plain, url: new URL('https://upstream.example/'), apiRoot: '/v2' },
    hosts: [
      {
        ...plain,
        url: new URL('https://m.example/'),
        apiRoot: '/v2',
        ca: [join(directory, 'ca.crt')],
        client: { cert: join(directory, 'client.cert'), key: join(directory, 'client.key') },
      },
      {
        ...plain,
        url: new URL('http://n.example:5000/'),
        apiRoot: '/hub/v2',
        resolve: false,
        skipVerify: true,
        client: { cert: '/both.pem', key: '/both.pem' },
        headers: { 'x-key': 'a, b' },
      },
      {
        ...plain,
        url: new URL('https://o.example/'),
        apiRoot: '/v2/hub',
        ca: ['/a.crt', join(directory, 'b.crt')],
      },
    ],
  })
})

test('a folder for the host goes before the one for all', async () => {
  await write('containerd/certs.d/_default', 'server = "https://default.example"')
  expect((await read('other.example'))?.server.url.host).toBe('default.example')
  await write('docker/certs.d/r.example:5000', 'server = "https://colon.example"')
  expect((await read())?.server.url.host).toBe('colon.example')
  await write('docker/certs.d/r.example_5000_', 'server = "https://escaped.example"')
  expect((await read())?.server.url.host).toBe('escaped.example')
  await write('containerd/certs.d/r.example:5000', '')
  expect(await read()).toMatchObject({ hasServer: false, server: { url: new URL('https://r.example:5000/') } })
})

test('a name cannot lead out of the folder', async () => {
  await write('containerd', 'server = "https://outside.example"')
  expect(await read('..')).toBeUndefined()
})

test.each([
  ['server = "ftp:///x"', /server: expected https/],
  ['server = "https://ann:geheim@r.example"', /server: a user/],
  ['[host."https://m.example"]\ncapabilities = ["dance"]', /capabilities: expected pull, resolve or push/],
  ['[host."https://m.example"]\nskip_verify = "yes"', /host\."https:\/\/m\.example\/": skip_verify: expected true/],
  ['[host."https://m.example"]\nclient = [[1]]', /client: expected FILE/],
  ['[host."https://m.example".header]\nA = "geheim\\nb"', /header: expected a name and a text.* "A"/],
  ['[host]\nm = 1', /expected a table/],
  ['server = ', /hosts\.toml: line 1/],
])('refuses %.60s with its place', async (text, message) => {
  await write('containerd/certs.d/r.example:5000', text)
  const error = await read().catch((caught: unknown) => caught)
  expect(error).toMatchObject({ code: 'REGISTRY_CONFIG_INVALID', message: expect.stringMatching(message) })
  expect(String(error)).not.toContain('geheim')
})
