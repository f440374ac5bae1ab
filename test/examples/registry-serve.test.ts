import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SpecClient } from '../support/distribution-spec/spec-client.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { serveRegistry } from '../../src/serve-registry.ts'

// The examples of docs/registry-serve.md, as they are written there.

const page = await readFile(join(import.meta.dirname, '../../docs/registry-serve.md'), 'utf8')

/** The code block of the page that contains a text. */
function block(text: string): string {
  const found = [...page.matchAll(/^```\w+\n([^]*?)^```/gm)]
    .map(([, code = '']) => code)
    .filter((code) => code.includes(text))
  expect(found).toHaveLength(1)
  return found[0] ?? ''
}

/** A directory with a context, and `tsbuild` on the path of its scripts. */
async function workplace(): Promise<
  AsyncDisposable & { readonly path: string; run(script: string): Promise<ProgramResult> }
> {
  const directory = await temporaryDirectory()
  const { path } = directory
  await writeFile(
    join(path, 'Dockerfile'),
    'FROM scratch AS files\nCOPY Dockerfile /a\nFROM scratch\nCOPY --from=files /a /b\n',
  )
  await symlink(tsbuildPath, join(path, 'tsbuild'))
  const env = { PATH: `${path}:${process.env['PATH']}`, TSBUILD_ROOT: join(path, 'store'), NO_COLOR: '1' }
  return {
    path,
    run: (script) => runProgram('sh', ['-ec', script], { cwd: path, env }),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  }
}

test('a script takes a free port', async () => {
  await using place = await workplace()
  const check = 'tsbuild tags "docker://$(cat address)/app"\nkill $!\nwait $!\n'
  const { code, stdout, stderr } = await place.run(`${block('/app:1" --push')}${check}`)
  expect([code, stdout], stderr).toEqual([0, '1\n'])
})

test('a cache is shared between the steps of a job', async () => {
  await using place = await workplace()
  const { code, stderr } = await place.run(block('--cache-from "$cache"'))
  expect(code, stderr).toBe(0)
  expect(stderr.split('exporting').at(-2) ?? stderr).toContain('CACHED')
})

test('images are handed over in folders', async () => {
  await using place = await workplace()
  await using registry = await serveTemporary()
  const built = await place.run(`tsbuild -q -t web:2 . && tsbuild -q -t ${registry.host}/team/app:1 --push .`)
  expect(built.code, built.stderr).toBe(0)
  const copies = block('oci:stick/team/app:1').replace('docker://registry.example', `docker://${registry.host}`)
  expect(await place.run(copies)).toMatchObject({ code: 0 })
  expect(block('--layout stick')).toBe('tsbuild registry serve --layout stick\n')
  await using offered = await serveRegistry({ layout: join(place.path, 'stick') })
  for (const [name, tag] of [
    ['team/app', '1'],
    ['web', '2'],
  ] as const) {
    const { code, stdout } = await tsbuild(['validate', `docker://${offered.host}/${name}:${tag}`], {
      root: place.path,
    })
    expect(code, stdout).toBe(0)
  }
})

test('the images of the store are offered, also after prune', async () => {
  await using place = await workplace()
  const built = await place.run(
    'tsbuild -q -t app:1 -t registry.example/team/app:2 . && tsbuild prune --force >/dev/null',
  )
  expect(built.code, built.stderr).toBe(0)
  await using offered = await serveRegistry({ images: true, root: join(place.path, 'store') })
  const names = ['app:1', 'library/app:1', 'team/app:2']
  for (const name of names) {
    const { code, stdout } = await tsbuild(['validate', `docker://${offered.host}/${name}`], { root: place.path })
    expect(code, stdout).toBe(0)
  }
  expect((await new SpecClient(offered.host, 'app').send('PUT', 'manifests/1')).status).toBe(405)
  // A new build is seen at once, a removed name too.
  await place.run('tsbuild -q -t app:3 . && tsbuild rm app:1')
  expect((await new SpecClient(offered.host, 'app').send('GET', 'tags/list')).body.toString()).toContain('["3"]')
})

describe('the library', () => {
  test('serves a registry for a test', async () => {
    await using place = await workplace()
    await writeFile(join(place.path, 'program.ts'), block("from 'tsbuild'"))
    const hooks = join(import.meta.dirname, '../support/unbuilt-library.ts')
    const { code, stderr } = await place.run(`node --import ${hooks} program.ts`)
    expect([code, stderr]).toEqual([0, ''])
  })

  test('refuses options that are not safe or exclude each other', async () => {
    for (const options of [
      { listen: '0.0.0.0:0' },
      { layout: 'a', images: true },
      { htpasswd: 'a', user: { name: 'a', password: 'b' } },
      { user: { name: 'a:b', password: 'c' } },
      { anonymousPull: true },
      { publicUrl: 'ftp://a' },
      { listen: '127.0.0.1:99999' },
    ])
      await expect(serveRegistry(options)).rejects.toMatchObject({ code: 'OPTION_INVALID' })
    const tls = { cert: 'no certificate', key: 'no key' }
    await using directory = await temporaryDirectory()
    const storage = join(directory.path, 'registry')
    await expect(serveRegistry({ storage, tls })).rejects.toMatchObject({ code: 'OPTION_INVALID' })
  })
})
