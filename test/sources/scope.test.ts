import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import { pack } from 'tar-stream'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { serveFiles } from '../support/serve-http.ts'
import { makeRepository, serveRepositories } from '../support/serve-repositories.ts'
import { writeTree } from '../support/write-tree.ts'
import { type EdgeImage, test } from '../support/edge.ts'

const withoutGit = withoutPrograms('git')
const files = { a: 'a', b: 'b', '.dockerignore': 'a\n' }

function names(image: EdgeImage): readonly string[] {
  return image.layers.flatMap((layer) => layer.map(({ path }) => path)).filter((path) => !path.startsWith('.'))
}

async function archive(): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'in/archive', uid: 4, gid: 5, mode: 0o600 }, 'text')
  tar.finalize()
  return gzipSync(await buffer(tar))
}

describe('what an ignore file is for', () => {
  test('the directory it lies in, main or named, and nothing that comes from elsewhere', async ({
    edge,
    directory,
    base,
  }) => {
    await writeTree(join(directory, 'n'), files)
    const copy =
      'FROM scratch AS made\nCOPY --from=n . /\nFROM scratch\nCOPY . /\nCOPY --from=n . /n/\nCOPY --from=made . /made/\n'
    const image = await edge(copy, {
      files: { ...files, '.dockerignore': 'b\n' },
      contexts: { n: join(directory, 'n') },
    })
    expect(names(image)).toEqual(['a', 'n/', 'n/.dockerignore', 'n/b', 'made/', 'made/.dockerignore', 'made/b'])
    const layout = await edge('FROM scratch\nCOPY --from=n /etc/passwd /\n', {
      files: { '.dockerignore': '**\n' },
      contexts: { n: `oci-layout://${base}:latest` },
    })
    expect(names(layout)).toEqual(['passwd'])
  })

  test.skipIf(withoutGit !== undefined)(titled('not for repositories', withoutGit), async ({ edge, directory }) => {
    await makeRepository(directory, 'r', {
      ...files,
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      'Dockerfile.dockerignore': 'b\n',
    })
    await using server = await serveRepositories(directory)
    const url = `${server.url}/r`
    const all = ['Dockerfile', 'Dockerfile.dockerignore', 'a', 'b']
    expect(names(await edge('', { context: url, dockerfile: 'Dockerfile' }))).toEqual(all)
    expect(names(await edge('FROM scratch\nCOPY --from=n . /\n', { contexts: { n: url } }))).toEqual(all)
    expect(names(await edge(`FROM scratch\nADD ${url} /\n`, { files: { '.dockerignore': '**\n' } }))).toEqual(all)
  })

  test('the one beside a Dockerfile outside of the context comes first, then that of the context', async ({
    edge,
    directory,
  }) => {
    await writeTree(join(directory, 'c'), files)
    await mkdir(join(directory, 'elsewhere'))
    const dockerfile = join(directory, 'elsewhere/D')
    await writeFile(dockerfile, 'FROM scratch\nCOPY . /\n')
    const build = () => edge('', { context: join(directory, 'c'), dockerfile })
    expect(names(await build())).toEqual(['b'])
    await writeFile(`${dockerfile}.dockerignore`, 'b\n')
    expect(names(await build())).toEqual(['a'])
  })
})

describe('what flags of ADD are for', () => {
  test('downloads: owner and mode, links, archives on request; --exclude and --keep-git-dir mean nothing to them', async ({
    edge,
  }) => {
    await using server = await serveFiles({ '/f': 'f', '/c.tgz': await archive() })
    const lines = async (line: string) =>
      (await edge(`FROM scratch\nADD ${line}\n`, { files: { local: 'l' } })).lines(0)
    const url = `${server.url}/f`
    expect(await lines(`--chown=3:4 --chmod=751 ${url} /d/`)).toEqual(['d 751 3:4 d/', 'f 751 3:4 d/f'])
    expect(await lines(`--link ${url} /d/x`)).toEqual(['d 755 0:0 d/', 'f 600 0:0 d/x'])
    expect(await lines(`--exclude=f --keep-git-dir=true ${url} /d/`)).toEqual(['d 755 0:0 d/', 'f 600 0:0 d/f'])
    expect(await lines(`${url} local /d/`)).toEqual(['d 755 0:0 d/', 'f 600 0:0 d/f', 'f 644 0:0 d/local'])
    expect(await lines(`${server.url}/c.tgz /d/`)).toEqual(['d 755 0:0 d/', 'f 600 0:0 d/c.tgz'])
    expect(await lines(`--unpack=true ${server.url}/c.tgz /d`)).toEqual([
      'd 755 0:0 d/',
      'd 755 0:0 d/in/',
      'f 600 4:5 d/in/archive',
    ])
    expect(await lines(`--unpack ${url} /d`)).toEqual(['f 600 0:0 d'])
  })

  test('a checksum is for one source that can have one', async ({ edge }) => {
    const sum = `sha256:${'0'.repeat(64)}`
    const add = (line: string) => edge(`FROM scratch\nADD --checksum=${line}\n`, { files: { f: 'f' } })
    await expect(add(`${sum} http://h.invalid/a http://h.invalid/b /`)).rejects.toThrow(
      "checksum can't be specified for multiple sources",
    )
    await expect(add(`${sum} f /`)).rejects.toThrow('checksum requires HTTP(S) or Git sources')
    await expect(add('sha256:12 http://h.invalid/a /')).rejects.toMatchObject({ code: 'CHECKSUM_INVALID' })
    await expect(add(`${sum} http://h.invalid/a.git /`)).rejects.toThrow('expected hex commit hash')
  })

  test.skipIf(withoutGit !== undefined)(
    titled('repositories: all of them, as for directories', withoutGit),
    async ({ edge, directory }) => {
      await makeRepository(directory, 'r', { 'd/f': 'f', 'd/g': 'g', x: 'x' })
      await using server = await serveRepositories(directory)
      const add = async (line: string) => (await edge(`FROM scratch\nADD ${line}\n`)).lines(0)
      expect(await add(`--chown=7 --chmod=700 --exclude=g ${server.url}/r#:d /o`)).toEqual([
        'd 700 7:7 o/',
        'f 700 7:7 o/f',
      ])
      expect(await add(`--link ${server.url}/r#:d /o/p`)).toEqual([
        'd 755 0:0 o/',
        'd 755 0:0 o/p/',
        'f 644 0:0 o/p/f',
        'f 644 0:0 o/p/g',
      ])
      await expect(edge(`FROM scratch\nCOPY ${server.url}/r /\n`)).rejects.toThrow("source can't be a git ref for COPY")
      await expect(edge('FROM scratch\nCOPY http://h.invalid/f /\n')).rejects.toThrow("source can't be a URL for COPY")
      await expect(edge('FROM scratch\nADD github.com/o/r /\n')).rejects.toThrow('"/github.com/o/r": not found')
    },
  )
})
