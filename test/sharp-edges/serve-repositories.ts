import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'

/** Makes a git repository `name` in a directory, with one commit; returns its id. */
export async function makeRepository(directory: string, name: string, files: Readonly<Record<string, TreeNode>>): Promise<string> {
  const repository = join(directory, name)
  await writeTree(repository, files)
  const git = (...args: readonly string[]): Promise<string> =>
    runOrThrow('git', ['-C', repository, '-c', 'user.name=n', '-c', 'user.email=e', ...args])
  await git('init', '--quiet')
  await git('add', '.')
  await git('commit', '--quiet', '-m', 'all')
  return (await git('rev-parse', 'HEAD')).trim()
}

/** The git protocol for the repositories in a directory, for the length of a scope. */
export async function serveRepositories(directory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((socket) => {
    const { stdin, stdout } = spawn('git', ['daemon', '--inetd', '--export-all', `--base-path=${directory}`, directory], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
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
