import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server of a test, for the length of a scope. */
export interface HttpServer extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string
  /** Requests, as `METHOD /path`. */
  readonly asked: string[]
  readonly requests: IncomingMessage[]
}

/** Answers on loopback as `answer` says. */
export async function serveHttp(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<HttpServer> {
  const asked: string[] = []
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`)
    requests.push(request)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A file of `serveFiles`. */
export interface ServedFile {
  readonly content: string | Uint8Array
  readonly etag?: string
  /** Seconds. */
  readonly modified?: number
}

/**
 * Files by path, which may change while they are served; revalidation as in RFC 9110, section 13.
 */
export function serveFiles(files: Readonly<Record<string, string | Uint8Array | ServedFile>>): Promise<HttpServer> {
  return serveHttp(({ url = '', headers }, response) => {
    const found = files[new URL(url, 'http://x').pathname]
    if (found === undefined) return void response.writeHead(404).end()
    const file = typeof found === 'string' || found instanceof Uint8Array ? { content: found } : found
    const modified = file.modified === undefined ? undefined : new Date(file.modified * 1000).toUTCString()
    const validators = { ...(file.etag && { etag: file.etag }), ...(modified && { 'last-modified': modified }) }
    const isKnown =
      file.etag === undefined
        ? modified !== undefined && headers['if-modified-since'] === modified
        : headers['if-none-match'] === file.etag
    if (isKnown) return void response.writeHead(304, validators).end()
    response.writeHead(200, validators).end(file.content)
  })
}
