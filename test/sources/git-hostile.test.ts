import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { serveHttp } from '../support/serve-http.ts'
import { gitIn, makeRepository, serveRepositories } from '../support/serve-repositories.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { test } from '../support/edge.ts'

const obstacle = withoutPrograms('git')

describe.skipIf(obstacle !== undefined)(titled('repositories of strangers', obstacle), () => {
  test('nothing of the user or the machine runs: no hook, no filter, no template, no rewritten address', async ({
    edge,
    directory,
  }) => {
    const marker = join(directory, 'marker')
    const script = `#!/bin/sh\ntouch '${marker}'\n`
    await mkdir(join(directory, 'home/templates/hooks'), { recursive: true })
    for (const hook of ['post-checkout', 'reference-transaction', 'post-index-change']) {
      await writeFile(join(directory, 'home/templates/hooks', hook), script, { mode: 0o755 })
    }
    const settings = [
      `[core]\n\thooksPath = ${directory}/home/templates/hooks\n\tfsmonitor = touch ${marker}\n`,
      `[init]\n\ttemplateDir = ${directory}/home/templates\n[filter "lfs"]\n\tsmudge = touch ${marker}\n\trequired = true\n`,
      `[url "https://elsewhere.invalid/"]\n\tinsteadOf = http://127.0.0.1\n[credential]\n\thelper = "!touch ${marker}; false"\n`,
    ]
    await writeFile(join(directory, 'home/.gitconfig'), settings.join(''))
    await makeRepository(directory, 'r.git', {
      '.gitattributes': '*.bin filter=lfs\n',
      'a.bin': 'version https://git-lfs…\n',
    })
    await using server = await serveGitHttp(directory)
    const surroundings = {
      HOME: join(directory, 'home'),
      GIT_TEMPLATE_DIR: join(directory, 'home/templates'),
      GIT_SSH_COMMAND: `touch ${marker}`,
      GIT_ASKPASS: join(directory, 'home/templates/hooks/post-checkout'),
      GIT_DIR: '/nowhere',
    }
    for (const [name, value] of Object.entries(surroundings)) vi.stubEnv(name, value)
    try {
      const image = await edge(`FROM scratch\nADD --keep-git-dir=true ${server.url}/r.git /\n`)
      expect(image.text('/a.bin')).toBe('version https://git-lfs…\n')
    } finally {
      vi.unstubAllEnvs()
    }
    expect(existsSync(marker)).toBe(false)
  })

  test('a repository around the caller, or around the store, is not asked how to reach another', async ({
    directory,
  }) => {
    const marker = join(directory, 'marker')
    await makeRepository(directory, 'r.git', { Dockerfile: 'FROM scratch\nCOPY . /\n' })
    await using server = await serveGitHttp(directory, () => false)
    await using daemon = await serveRepositories(directory)
    const git = gitIn(directory, 'around')
    await git('init', '--quiet')
    await git('config', 'credential.helper', `!touch ${marker}; false`)
    await git('config', 'core.gitProxy', `touch ${marker}; false`)
    await git('config', 'url.https://elsewhere.invalid/.insteadOf', daemon.url)
    const cwd = join(directory, 'around')
    const build = (context: string) =>
      tsbuild(['build', '-o', 'type=cacheonly', context], { root: join(cwd, 'store'), cwd })
    expect((await build(`${server.url}/r.git`)).code).toBe(4)
    const built = await build(`${daemon.url}/r.git`)
    expect(built, built.stderr).toMatchObject({ code: 0 })
    expect(existsSync(marker)).toBe(false)
  })

  test('submodules come from servers only: no program, no file of this machine, no option', async ({
    edge,
    directory,
  }) => {
    const marker = join(directory, 'marker')
    const inner = await makeRepository(directory, 'inner', { secret: 'here' })
    await using server = await serveGitHttp(directory)
    const addresses = {
      program: `ext::touch ${marker}`,
      file: `file://${directory}/inner`,
      path: join(directory, 'inner'),
      option: `-u./payload`,
      host: `ssh://-oProxyCommand=touch${marker}/x`,
    }
    for (const [name, url] of Object.entries(addresses)) {
      await withSubmodule(directory, { name, inner, gitmodules: `[submodule "s"]\n\tpath = s\n\turl = "${url}"\n` })
      await expect(edge(`FROM scratch\nADD ${server.url}/${name}.git /\n`), name).rejects.toMatchObject({
        code: 'GIT_FAILED',
      })
    }
    expect(existsSync(marker)).toBe(false)
  })

  test('submodules run nothing and stay in their place', async ({ edge, directory }) => {
    const marker = join(directory, 'marker')
    const inner = await makeRepository(directory, 'inner.git', { f: 'f' })
    await using server = await serveGitHttp(directory)
    const url = `url = ${server.url}/inner.git\n`
    const modules = {
      command: `[submodule "s"]\n\tpath = s\n\tupdate = !touch ${marker}\n\t${url}`,
      climbing: `[submodule "../../../hooks"]\n\tpath = s\n\t${url}`,
    }
    for (const [name, gitmodules] of Object.entries(modules)) {
      await withSubmodule(directory, { name, inner, gitmodules })
      const built = await edge(`FROM scratch\nADD ${server.url}/${name}.git /\n`).then(
        (image) => image.line('/s/f'),
        (error: unknown) => error,
      )
      // Refused, or left alone as if it were not there.
      expect(built instanceof Error || built === undefined, name).toBe(true)
    }
    expect(existsSync(marker)).toBe(false)
  })

  test('trees with names that git itself uses, or that climb, are not checked out', async ({ edge, directory }) => {
    await makeRepository(directory, 'base.git', { config: '[core]\n\tfsmonitor = touch /tmp/never\n' })
    const git = gitIn(directory, 'base.git')
    const tree = await git('rev-parse', 'HEAD^{tree}')
    await using server = await serveGitHttp(directory)
    for (const name of ['.git', '..']) {
      const input = `040000 tree ${tree}\t${name}\n`
      const outer = (await runOrThrow('git', ['-C', join(directory, 'base.git'), 'mktree'], { input })).trim()
      await git('update-ref', 'refs/heads/evil', await git('commit-tree', '-m', 'evil', outer))
      await expect(edge(`FROM scratch\nADD ${server.url}/base.git#evil /out/\n`), name).rejects.toMatchObject({
        code: 'GIT_FAILED',
      })
    }
  })

  test('a server with endless refs is not listened to', async ({ edge }) => {
    const lines = Array.from({ length: 40_000 }, (_, index) => `${'a'.repeat(40)}\trefs/heads/${index}/main\n`).join('')
    await using server = await serveHttp(({ url = '' }, response) => {
      if (url.endsWith('/info/refs?service=git-upload-pack')) response.end(lines)
      else response.writeHead(404).end()
    })
    await expect(edge(`FROM scratch\nADD ${server.url}/r.git#main /\n`)).rejects.toThrow(
      'git ls-remote failed: more than',
    )
  })
})

async function withSubmodule(
  directory: string,
  { name, inner, gitmodules }: { readonly name: string; readonly inner: string; readonly gitmodules: string },
): Promise<void> {
  await makeRepository(directory, `${name}.git`, { '.gitmodules': gitmodules, payload: '' })
  const git = gitIn(directory, `${name}.git`)
  await git('update-index', '--add', '--cacheinfo', `160000,${inner},s`)
  await git('commit', '--quiet', '--message=module')
}
