import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect } from 'vitest'
import { pack } from 'tar-stream'
import { serveFiles } from '../support/serve-http.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { test } from '../support/edge.ts'

const copyAll = 'FROM scratch\nCOPY . /\n'

type Member = { readonly name: string; readonly text?: string } & Partial<
  Parameters<ReturnType<typeof pack>['entry']>[0]
>

async function tarOf(...entries: readonly Member[]): Promise<Buffer> {
  const tar = pack()
  for (const { text = '', ...header } of entries) tar.entry({ mtime: new Date(1_300_000_000_000), ...header }, text)
  tar.finalize()
  return buffer(tar)
}

const contextTar = await tarOf(
  { name: './', type: 'directory', mode: 0o700, uid: 9 },
  { name: 'Dockerfile', text: copyAll },
  { name: 'other/Dockerfile', text: 'FROM scratch\nCOPY d/f /other\n' },
  { name: '.dockerignore', text: 'd\n' },
  { name: 'd/f', mode: 0o640, uid: 1000, gid: 1001, text: 'f' },
)
const contextLines = [
  'f 644 0:0 .dockerignore',
  'f 644 0:0 Dockerfile',
  'd 755 0:0 d/',
  'f 640 1000:1001 d/f',
  'd 755 0:0 other/',
  'f 644 0:0 other/Dockerfile',
]

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

test('a tar is the context, however compressed, as stream or behind a URL; owners count and nothing is ignored', async ({
  edge,
}) => {
  const forms: Record<string, Uint8Array> = {
    '/tar': contextTar,
    '/gzip': gzipSync(contextTar),
    '/zstd': zstdCompressSync(contextTar),
  }
  for (const program of ['bzip2', 'xz']) {
    const { status, stdout } = spawnSync(program, ['-c'], { input: contextTar })
    if (status === 0) forms[`/${program}`] = stdout
  }
  await using server = await serveFiles(forms)
  for (const [path, bytes] of Object.entries(forms)) {
    for (const context of [streamOf(bytes), `${server.url}${path}`]) {
      expect((await edge('', { context, dockerfile: 'Dockerfile' })).lines(0), path).toEqual(contextLines)
    }
  }
  const other = await edge('', { context: `${server.url}/gzip`, dockerfile: 'other/Dockerfile' })
  expect(other.lines(0)).toEqual(['f 640 1000:1001 other'])
  await expect(edge('', { context: `${server.url}/gzip`, dockerfile: 'none' })).rejects.toMatchObject({
    code: 'DOCKERFILE_NOT_FOUND',
  })
  await expect(edge('', { context: `${server.url}/none`, dockerfile: 'none' })).rejects.toThrow(
    'invalid response status 404',
  )
})

test('a Dockerfile on standard input has no context, behind a URL it has itself', async ({ edge, directory, root }) => {
  await using server = await serveFiles({ '/some/Dockerfile.x': copyAll })
  expect((await edge('', { context: `${server.url}/some/Dockerfile.x`, dockerfile: 'ignored' })).lines(0)).toEqual([
    'f 600 0:0 context',
  ])
  const build = (args: readonly string[], input: string) =>
    tsbuild(['build', '-o', 'type=local,dest=out', ...args], { root, cwd: directory, input })
  expect((await build(['-'], 'FROM scratch\nCOPY . /x/\n')).code).toBe(0)
  expect(await build(['-f', 'other', '-'], copyAll)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles'),
  })
  expect((await build(['-f', '-', '-'], copyAll)).code).not.toBe(0)
  await writeTree(join(directory, 'c'), { f: 'f' })
  expect((await build(['-f', '-', 'c'], 'FROM scratch\nCOPY f /stdin\n')).code).toBe(0)
  expect(await readFile(join(directory, 'out/stdin'), 'utf8')).toBe('f')
})

test('a Dockerfile may be behind a URL, or lie on this machine while the context does not', async ({
  edge,
  directory,
}) => {
  await using server = await serveFiles({ '/Dockerfile': 'FROM scratch\nCOPY f /from-url\n', '/c.tar': contextTar })
  await writeTree(join(directory, 'c'), { f: 'f', '.dockerignore': 'ignored' })
  expect(
    (await edge('', { context: join(directory, 'c'), dockerfile: `${server.url}/Dockerfile` })).text('/from-url'),
  ).toBe('f')
  await writeFile(join(directory, 'Own'), 'FROM scratch\nCOPY d/f /own\n')
  expect((await edge('', { context: `${server.url}/c.tar`, dockerfile: join(directory, 'Own') })).text('/own')).toBe(
    'f',
  )
  await expect(edge('', { context: `${server.url}/c.tar`, dockerfile: `${server.url}/none` })).rejects.toThrow(
    'status 404',
  )
})

test('a directory comes before the address it is called like', async ({ directory, root }) => {
  const names = ['github.com/o/r', 'someone@host:path']
  for (const name of names) {
    await writeTree(join(directory, name), { Dockerfile: copyAll, f: name })
    const result = await tsbuild(['build', '-o', 'type=local,dest=out', name], { root, cwd: directory })
    expect(result, result.stderr).toMatchObject({ code: 0 })
    expect(await readFile(join(directory, 'out/f'), 'utf8')).toBe(name)
    const from = ['--build-context', `n=${name}`, '-f', '-', name]
    const named = await tsbuild(['build', '-o', 'type=local,dest=named', ...from], {
      root,
      cwd: directory,
      input: 'FROM scratch\nCOPY --from=n f /\n',
    })
    expect(named, named.stderr).toMatchObject({ code: 0 })
  }
})

test('a hostile archive writes nothing outside of the context and reads nothing from there', async ({
  edge,
  directory,
}) => {
  await writeFile(join(directory, 'secret'), 'host')
  const dockerfile = { name: 'Dockerfile', text: 'FROM scratch\nCOPY . /\n' }
  const escapes: Record<string, readonly Member[]> = {
    'a name that climbs': [{ name: '../out' }],
    'a name that climbs later': [{ name: 'a/../../out' }],
    'a hard link that climbs': [{ name: 'l', type: 'link', linkname: '../../etc/passwd' }],
    'a hard link to what is not there': [{ name: 'l', type: 'link', linkname: 'none' }],
    'a name for removals': [{ name: '.wh.f' }],
  }
  for (const [what, entries] of Object.entries(escapes)) {
    const tar = await tarOf(...entries, { name: 'Dockerfile', text: copyAll })
    await expect(edge('', { context: streamOf(tar), dockerfile: 'Dockerfile' }), what).rejects.toMatchObject({
      code: expect.stringMatching(/^(ARCHIVE_BREAKOUT|LINK_TARGET_MISSING|NAME_RESERVED)$/),
    })
  }
  const tar = await tarOf(
    { name: '/absolute', text: 'a' },
    { name: 'abs', type: 'symlink', linkname: directory },
    { name: 'abs/written', text: 'through' },
    { name: 'Dockerfile', text: 'x' },
    { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
    { name: 'pipe', type: 'fifo' },
    { name: 'up', type: 'symlink', linkname: '../../../../../../../etc' },
  )
  const image = await edge('', { context: streamOf(tar), dockerfile })
  expect(image.text('/absolute')).toBe('a')
  expect(image.line('/abs/written')).toBeUndefined()
  expect(image.line(join(directory, 'written'))).toMatch(/^f 644 0:0/)
  for (const path of ['abs/secret', 'up/passwd']) {
    const read = { ...dockerfile, text: `FROM scratch\nCOPY ${path} /stolen\n` }
    await expect(edge('', { context: streamOf(tar), dockerfile: read }), path).rejects.toThrow('not found')
  }
  const linked = await tarOf({ name: 'Dockerfile', type: 'symlink', linkname: join(directory, 'secret') })
  await expect(edge('', { context: streamOf(linked), dockerfile: 'Dockerfile' })).rejects.toMatchObject({
    code: 'DOCKERFILE_NOT_FOUND',
  })
  const damaged = gzipSync(contextTar).subarray(0, -20)
  await expect(edge('', { context: streamOf(damaged), dockerfile: 'Dockerfile' })).rejects.toThrow()
})

test('named contexts: downloads are one file, scratch is empty, layouts have tags and digests', async ({
  edge,
  directory,
}) => {
  await using server = await serveFiles({ '/c.tar': { content: contextTar, modified: 1_400_000_000 } })
  const copyNamed = 'FROM scratch\nCOPY --from=n . /\n'
  const download = await edge(copyNamed, { contexts: { n: `${server.url}/c.tar` } })
  expect(download.lines(0)).toEqual(['f 600 0:0 context'])
  expect(download.time('/context')).toBe(1_400_000_000)
  expect((await edge('FROM n\n', { contexts: { n: `${server.url}/c.tar` } })).lines(0)).toEqual(['f 600 0:0 context'])
  expect((await edge('FROM n\nCOPY --from=n . /\n', { contexts: { n: 'docker-image://scratch' } })).lines(0)).toEqual(
    [],
  )
  const layout = join(directory, 'layout')
  await writeBaseImage(layout, { Labels: { a: 'b' } })
  const index: unknown = JSON.parse(await readFile(join(layout, 'index.json'), 'utf8'))
  const digest = /sha256:\w+/.exec(JSON.stringify(index))?.[0]
  for (const suffix of ['', ':latest', `@${digest}`, `:any@${digest}`]) {
    expect(
      (await edge('FROM n\n', { contexts: { n: `oci-layout://${layout}${suffix}` } })).config.config['Labels'],
      suffix,
    ).toEqual({
      a: 'b',
    })
  }
  await expect(edge('FROM n\n', { contexts: { n: `oci-layout://${layout}:v2` } })).rejects.toMatchObject({
    hint: 'it has latest',
  })
  await expect(edge(copyNamed, { contexts: { n: join(directory, 'none') } })).rejects.toThrow(
    'failed to get build context n: path',
  )
})

test('a named context for one platform comes before that for all', async ({ edge, directory }) => {
  for (const name of ['arm', 'any']) await writeTree(join(directory, name), { f: name })
  const contexts = { 'n::linux/arm64': join(directory, 'arm'), n: join(directory, 'any') }
  for (const [platform, text] of [
    ['linux/arm64', 'arm'],
    ['linux/amd64', 'any'],
  ] as const) {
    expect((await edge('FROM scratch\nCOPY --from=n f /\n', { contexts, platforms: [platform] })).text('/f')).toBe(text)
  }
})

test('a download that has not changed is neither sent nor unpacked again, and gives the same files', async ({
  edge,
  root,
}) => {
  const tar = await tarOf(
    { name: 'd/f', mode: 0o604, uid: 7, text: 'text' },
    { name: 'h', type: 'link', linkname: 'd/f' },
    { name: 'l', type: 'symlink', mode: 0o777, linkname: 'h' },
  )
  await using server = await serveFiles({ '/c.tgz': { content: gzipSync(tar), etag: '"1"' } })
  const build = (to: string) =>
    edge('', { context: `${server.url}/c.tgz`, dockerfile: { text: `FROM scratch\nCOPY . ${to}\n` } })
  const [first, again] = [await build('/'), await build('/./')]
  expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"'])
  expect(again.layers).toEqual(first.layers)
  expect(first.lines(0)).toEqual(['d 755 0:0 d/', 'f 604 7:0 d/f', 'h 604 7:0 h -> d/f', 'l 777 0:0 l -> h'])
  const sources = join(root, 'v1/sources')
  const kept = (await readdir(sources)).filter((name) => name.startsWith('archive-'))
  expect(kept.length).toBeGreaterThan(1)
  for (const name of kept) await writeFile(join(sources, name), '{}')
  expect((await build('//')).layers).toEqual(first.layers)
})
