import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { type HttpServer, serveHttp } from '../support/serve-http.ts'
import { commitTime, commitTo, gitIn, makeRepository } from '../support/serve-repositories.ts'
import { type EdgeImage, test as edgeTest } from '../support/edge.ts'

const obstacle = withoutPrograms('git')

interface Origin extends HttpServer {
  /** Directory of the repositories. */
  readonly directory: string
  readonly git: (...args: readonly string[]) => Promise<string>
}

/**
 * `r.git`: commits 1 (tags `v1`, annotated `v2`), 2 on `main`, 3 on `topic/x` and `v1`, a branch
 * called like a tag.
 */
const test = edgeTest.extend<{ origin: Origin; add: (suffix: string, flags?: string) => Promise<EdgeImage> }>({
  origin: async ({ directory }, use) => {
    const repositories = join(directory, 'repositories')
    const git = gitIn(repositories, 'r.git')
    await makeRepository(repositories, 'r.git', {
      f: '1',
      'd/e/deep': 'deep',
      program: { text: '#', mode: 0o755 },
      link: { link: 'f' },
    })
    await git('tag', 'v1')
    await git('tag', '--annotate', '--message=two', 'v2')
    await commitTo(repositories, 'r.git', { f: '22' }, commitTime + 10)
    await git('checkout', '--quiet', '-b', 'topic/x')
    await commitTo(repositories, 'r.git', { f: '333' }, commitTime + 20)
    await git('branch', 'v1')
    await git('checkout', '--quiet', 'main')
    await using server = await serveGitHttp(repositories)
    await use({ ...server, git, directory: repositories })
  },
  add: ({ origin, edge }, use) =>
    use((suffix, flags = '') => edge(`FROM scratch\nADD ${flags} ${origin.url}/r.git${suffix} /\n`)),
})

describe.skipIf(obstacle !== undefined)(titled('git addresses', obstacle), () => {
  test('what a ref names: a branch, a tag, a full name, a commit; a branch before a tag', async ({ add, origin }) => {
    const [first, second] = [await origin.git('rev-parse', 'v2^{}'), await origin.git('rev-parse', 'main')]
    const found: Record<string, string> = {
      '': '22',
      '#main': '22',
      '#topic/x': '333',
      '#topic%2Fx': '333',
      '#v1': '333',
      '?tag=v1': '1',
      '?branch=v1': '333',
      '#v2': '1',
      '#tags/v2': '1',
      '#refs/heads/main': '22',
      [`#${first}`]: '1',
      [`?commit=${second.slice(0, 1)}`]: '22',
      [`?commit=${first}&fetch-by-commit=true`]: '1',
      [`?commit=${first}&fetch-by-commit&ref=main`]: '1',
    }
    for (const [suffix, text] of Object.entries(found)) expect((await add(suffix)).text('/f'), suffix).toBe(text)
  })

  test('a checksum is the start of the commit, or of the tag that names it', async ({ add, origin }) => {
    const [tag, commit, main] = await Promise.all(['v2', 'v2^{}', 'main'].map((name) => origin.git('rev-parse', name)))
    for (const checksum of [tag, commit, commit?.slice(0, 7).toUpperCase()]) {
      expect((await add(`?tag=v2&checksum=${checksum}`)).text('/f')).toBe('1')
      expect((await add('#v2', `--checksum=${checksum}`)).text('/f')).toBe('1')
    }
    await expect(add(`?tag=v2&checksum=${main}`)).rejects.toThrow(
      `expected checksum to match ${main}, got ${tag} or ${commit}`,
    )
    await expect(add(`?commit=${commit}`)).rejects.toThrow(`expected checksum to match ${commit}, got ${main}`)
    await expect(add(`#${commit}`, `--checksum=${main}`)).rejects.toThrow('expected checksum to match')
    await expect(add(`?commit=${commit}#v2`, `--checksum=${main}`)).rejects.toThrow(
      `checksum mismatch "${main}" != "${commit}"`,
    )
  })

  test('what is no ref', async ({ add, origin }) => {
    const short = (await origin.git('rev-parse', 'HEAD')).slice(0, 8)
    for (const ref of ['none', short])
      await expect(add(`#${ref}`)).rejects.toThrow(`repository does not contain ref ${ref}`)
    await expect(add(`#${'0'.repeat(40)}`)).rejects.toMatchObject({ code: 'GIT_REF_NOT_FOUND' })
    await expect(add('', '--keep-git-dir=true')).resolves.toBeDefined()
    await expect(add('?keep-git-dir=false', '--keep-git-dir=true')).rejects.toThrow(
      'inconsistent keep-git-dir configuration',
    )
  })

  test('files are those of the commit: plain modes, its date, or that of the checkout on request', async ({
    add,
    origin,
    edge,
    directory,
  }) => {
    const image = await add('#main')
    expect(image.lines(0)).toEqual([
      'd 755 0:0 d/',
      'd 755 0:0 d/e/',
      'f 644 0:0 d/e/deep',
      'f 644 0:0 f',
      'l 777 0:0 link -> f',
      'f 755 0:0 program',
    ])
    expect(new Set(image.layers[0]?.map(({ mtime }) => mtime))).toEqual(new Set([commitTime + 10]))
    expect((await add('?mtime=commit&tag=v2')).time('/f')).toBe(commitTime)
    // Times decide nothing, so that a store that has the same files gives those.
    const now = await edge(`FROM scratch\nADD ${origin.url}/r.git?mtime=checkout /\n`, {
      root: join(directory, 'fresh'),
    })
    expect(now.time('/f')).toBeGreaterThan(commitTime + 20)
  })

  test('all files of a server that only has files are fetched', async ({ origin, edge, directory }) => {
    await origin.git('update-server-info')
    const files = join(origin.directory, 'r.git/.git')
    await using server = await serveHttp(({ url = '' }, response) => {
      const path = join(files, new URL(url, 'http://x').pathname.replace(/^.*?\.git/, ''))
      if (existsSync(path)) response.end(readFileSync(path))
      else response.writeHead(404).end()
    })
    const first = await origin.git('rev-parse', 'v2^{}')
    for (const [suffix, text] of Object.entries({ [`#${first}`]: '1', '#topic/x': '333', '': '22' })) {
      const image = await edge(`FROM scratch\nADD ${server.url}/r.git${suffix} /\n`, { root: join(directory, 'fresh') })
      expect(image.text('/f')).toBe(text)
    }
  })

  test('a subdirectory is the root, and cannot be climbed out of', async ({ add }) => {
    expect((await add('#main:d')).lines(0)).toEqual(['d 755 0:0 e/', 'f 644 0:0 e/deep'])
    expect((await add('?subdir=../../d/./e')).lines(0)).toEqual(['f 644 0:0 deep'])
    for (const subdir of ['none', 'f', 'link'])
      await expect(add(`#:${subdir}`)).rejects.toThrow(`subdir "${subdir}" is not a directory`)
  })

  test('a commit that is here is not fetched again: only the ref is requested', async ({ add, origin }) => {
    await add('#topic/x')
    origin.asked.length = 0
    await add('#topic/x')
    expect(origin.asked.filter((line) => line.startsWith('GET')).length).toBe(1)
    // Protocol version 2 lists refs with a request of its own; a fetch would need two more.
    expect(origin.asked.filter((line) => line.startsWith('POST')).length).toBe(1)
    origin.asked.length = 0
    await add(`#${await origin.git('rev-parse', 'topic/x')}`)
    expect(origin.asked).toEqual([])
  })

  test('the repository comes along when it is wanted: usable, and the same for everyone', async ({
    add,
    origin,
    edge,
    directory,
  }) => {
    const image = await add('?keep-git-dir=true&tag=v2')
    expect(image.line('/.git/HEAD')).toBe('f 644 0:0 .git/HEAD')
    expect(image.text('/.git/refs/tags/v2')?.trim()).toBe(await origin.git('rev-parse', 'v2'))
    expect(image.text('/.git/config')).toContain(`url = ${origin.url}/r.git`)
    for (const path of ['/.git/logs/HEAD', '/.git/FETCH_HEAD', '/.git/hooks/pre-commit.sample'])
      expect(image.line(path), path).toBeUndefined()
    const again = await edge(`FROM scratch\nADD --keep-git-dir=true ${origin.url}/r.git?tag=v2 /\n`, {
      root: join(directory, 'other'),
    })
    expect(again.layers).toEqual(image.layers)
    expect((await add('#:d', '--keep-git-dir=true')).line('/.git')).toBeUndefined()
  })

  test('submodules come along, by relative address too, without files about where their repository lies', async ({
    edge,
    origin,
    directory,
  }) => {
    await makeRepository(origin.directory, 's.git', { inner: 'i' })
    await makeRepository(origin.directory, 'super.git', {
      '.gitmodules': '[submodule "s"]\n\tpath = d/s\n\turl = ../s.git\n',
      'd/f': 'f',
    })
    const git = gitIn(origin.directory, 'super.git')
    await git(
      'update-index',
      '--add',
      '--cacheinfo',
      `160000,${await gitIn(origin.directory, 's.git')('rev-parse', 'HEAD')},d/s`,
    )
    await git('commit', '--quiet', '--message=module')
    const from = (suffix: string): string => `FROM scratch\nADD ${origin.url}/super.git${suffix} /\n`
    expect((await edge(from(''))).lines(0)).toEqual([
      'f 644 0:0 .gitmodules',
      'd 755 0:0 d/',
      'f 644 0:0 d/f',
      'd 755 0:0 d/s/',
      'f 644 0:0 d/s/inner',
    ])
    expect((await edge(from('?submodules=false'))).lines(0)).toEqual([
      'f 644 0:0 .gitmodules',
      'd 755 0:0 d/',
      'f 644 0:0 d/f',
      'd 755 0:0 d/s/',
    ])
    const kept = await edge(from('?keep-git-dir=1'))
    expect(kept.text('/d/s/.git')).toBe('gitdir: ../../.git/modules/s\n')
    expect(kept.text('/.git/modules/s/HEAD')).toBeDefined()
    expect((await edge(from('?keep-git-dir=1'), { root: join(directory, 'other') })).layers).toEqual(kept.layers)
  })

  test('a context and its Dockerfile are of one commit, resolved once', async ({ edge, origin }) => {
    const dockerfile = 'FROM scratch\nCOPY . /\nADD . /again/\n'
    await commitTo(origin.directory, 'r.git', { Dockerfile: dockerfile, 'd/Other': 'FROM scratch\nCOPY f /other\n' })
    origin.asked.length = 0
    const image = await edge('', { context: `${origin.url}/r.git#main`, dockerfile: 'Dockerfile' })
    expect(image.text('/again/f')).toBe('22')
    expect(origin.asked.filter((line) => line.startsWith('GET'))).toHaveLength(2)
    expect((await edge('', { context: `${origin.url}/r.git`, dockerfile: 'd/Other' })).text('/other')).toBe('22')
  })

  test('BUILDKIT_CONTEXT_KEEP_GIT_DIR keeps the repository of a context', async ({ edge, origin }) => {
    const context = { context: `${origin.url}/r.git`, dockerfile: { text: 'FROM scratch\nCOPY . /\n' } }
    expect(
      (await edge('', { ...context, args: { BUILDKIT_CONTEXT_KEEP_GIT_DIR: '1' } })).line('/.git/HEAD'),
    ).toBeDefined()
    expect(
      (await edge('', { ...context, args: { BUILDKIT_CONTEXT_KEEP_GIT_DIR: 'false' } })).line('/.git'),
    ).toBeUndefined()
  })
})
