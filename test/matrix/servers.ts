import { startRegistry } from '@tsbuild/registry/testing'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'
import { serveGitHttp } from '../support/serve-git-http.ts'
import { writeTree } from '../support/write-tree.ts'
import { startMirror } from './caching-mirror.ts'
import type { Servers } from './cell.ts'

/** Directory of a run, and what ends with it. */
export interface Started {
  readonly directory: string
  readonly stack: AsyncDisposableStack
}

/** Starts the registry, the mirror and the git server. `cache`: directory of the mirror. */
export async function startServers({
  directory,
  cache,
  stack,
}: Started & { readonly cache: string | undefined }): Promise<Servers> {
  const registry = stack.use(await startRegistry())
  const npm = (await runOrThrow('npm', ['config', 'get', 'registry'])).trim()
  const mirror = stack.use(await startMirror(cache ?? join(directory, 'mirror'), npm.endsWith('/') ? npm : `${npm}/`))
  const repositories = join(directory, 'repositories')
  await makeRepository(join(repositories, 'project.git'), {
    'README.md': 'A project.\n',
    'src/run.sh': { text: '#!/bin/sh\n', mode: 0o755 },
    link: { link: 'src/run.sh' },
  })
  const git = stack.use(await serveGitHttp(repositories))
  return { registry: registry.host, mirror: mirror.url, repository: `${git.url}/project.git` }
}

/** Makes a bare repository with one commit that has `nodes`. */
export async function makeRepository(path: string, nodes: Parameters<typeof writeTree>[1]): Promise<void> {
  const work = `${path}.work`
  await writeTree(work, nodes)
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org']
  await runOrThrow('git', ['init', '--quiet', '--initial-branch=main', work])
  await runOrThrow('git', ['-C', work, 'add', '.'])
  await runOrThrow('git', ['-C', work, ...author, 'commit', '--quiet', '-m', 'first'])
  await runOrThrow('git', ['clone', '--quiet', '--bare', work, path])
}
