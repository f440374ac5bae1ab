import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { runOrThrow } from './run-program.ts'
import { type TreeNode, writeTree } from './write-tree.ts'

/** Makes a git repository `name` in a directory, with one commit on `main`; returns its id. */
export async function makeRepository(
  directory: string,
  name: string,
  files: Readonly<Record<string, TreeNode>>,
): Promise<string> {
  await gitIn(directory, name)('init', '--quiet', '--initial-branch=main')
  return commitTo(directory, name, files)
}

/**
 * Commits further files on the branch that is checked out, at `time` (seconds); returns the commit.
 */
export async function commitTo(
  directory: string,
  name: string,
  files: Readonly<Record<string, TreeNode>>,
  time: number = commitTime,
): Promise<string> {
  const git = gitIn(directory, name, time)
  await writeTree(join(directory, name), files)
  await git('add', '--all')
  await git('commit', '--quiet', '--message=all')
  return git('rev-parse', 'HEAD')
}

/** Default time of commits in tests, in seconds. */
export const commitTime = 1_500_000_000

/** Runs git in a repository and gives its output; what it commits is dated `time` (seconds). */
export function gitIn(
  directory: string,
  name: string,
  time: number = commitTime,
): (...args: readonly string[]) => Promise<string> {
  const date = `${time} +0000`
  const identity = { NAME: 'n', EMAIL: 'e', DATE: date }
  const env = Object.fromEntries(
    Object.entries(identity).flatMap(([key, value]) => [
      [`GIT_AUTHOR_${key}`, value],
      [`GIT_COMMITTER_${key}`, value],
    ]),
  )
  const repository = join(directory, name)
  return async (...args) => {
    await mkdir(repository, { recursive: true })
    return (await runOrThrow('git', ['-C', repository, '-c', 'commit.gpgsign=false', ...args], { env })).trim()
  }
}

/** The git protocol for the repositories in a directory, for the length of a scope. */
export async function serveRepositories(directory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((socket) => {
    const { stdin, stdout } = spawn(
      'git',
      ['daemon', '--inetd', '--export-all', `--base-path=${directory}`, directory],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    )
    socket.on('error', () => undefined).pipe(stdin.on('error', () => undefined))
    stdout.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return {
    url: `git://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
      await once(server, 'close')
    },
  }
}
