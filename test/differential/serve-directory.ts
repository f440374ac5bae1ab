import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { serveRepositories } from '../support/serve-repositories.ts'

/** A directory for everybody on this machine. */
export interface ServedDirectory extends AsyncDisposable {
  /** Its files, dated; the query of a request is ignored. */
  readonly http: string
  /** The git repositories in it. */
  readonly git: string
}

/** Serves a directory for the length of a scope. */
export async function serveDirectory(directory: string): Promise<ServedDirectory> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://server')
    answer(join(directory, decodeURIComponent(pathname))).then(
      ({ body, date }) => response.writeHead(200, { 'content-length': body.length, 'last-modified': date }).end(body),
      () => response.writeHead(404).end(),
    )
  })
  const port = await listen(server)
  const git = await serveRepositories(directory)
  return {
    http: `http://127.0.0.1:${port}`,
    git: git.url,
    [Symbol.asyncDispose]: async () => {
      await git[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function answer(path: string): Promise<{ readonly body: Buffer; readonly date: string }> {
  return { body: await readFile(path), date: (await stat(path)).mtime.toUTCString() }
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port')
  return address.port
}
