import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { type HttpServer, serveHttp } from './serve-http.ts'

/** git's smart HTTP protocol for the repositories in a directory; who is not allowed gets a 401. */
export function serveGitHttp(
  directory: string,
  isAllowed: (request: IncomingMessage) => boolean = () => true,
): Promise<HttpServer> {
  return serveHttp((request, response) => {
    if (!isAllowed(request)) return void response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    const { pathname, search } = new URL(request.url ?? '', 'http://x')
    const backend = spawn('git', ['http-backend'], {
      env: {
        ...process.env,
        GIT_PROJECT_ROOT: directory,
        GIT_HTTP_EXPORT_ALL: '1',
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'],
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    request.pipe(backend.stdin.on('error', () => undefined))
    const chunks: Buffer[] = []
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    backend.on('close', () => {
      const all = Buffer.concat(chunks)
      const end = all.indexOf('\r\n\r\n')
      const lines = all.subarray(0, end).toString().split('\r\n')
      const headers = lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(':')),
        line.slice(line.indexOf(':') + 1).trim(),
      ])
      const status = Number.parseInt(headers.find(([name]) => name === 'Status')?.[1] ?? '200', 10)
      response
        .writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
        .end(all.subarray(end + 4))
    })
  })
}
