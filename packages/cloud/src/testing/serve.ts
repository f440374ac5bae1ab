import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request with its whole body. */
export interface ServedRequest {
  readonly method: string
  readonly url: URL
  /** Path and query as they were sent. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** Answer of a test server. */
export interface ServedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

/** An HTTP server on loopback; disposing cuts every connection. */
export interface TestServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** `METHOD target` of all requests, in order. */
  readonly requests: string[]
  /** Milliseconds before each answer. */
  delay: number
}

/** Starts a server with one answer for each request. */
export async function serve(answer: (request: ServedRequest) => ServedAnswer): Promise<TestServer> {
  const requests: string[] = []
  const reply = (message: IncomingMessage, response: ServerResponse, body: Buffer): void => {
    const { method = '', url: target = '/', headers } = message
    requests.push(`${method} ${target}`)
    const given = answer({ method, url: new URL(target, `http://${headers.host}`), target, headers, body })
    const content = Buffer.from(given.body ?? '')
    setTimeout(() => {
      response.writeHead(given.status, { 'content-length': content.length, ...given.headers })
      response.end(method === 'HEAD' ? undefined : content)
    }, running.delay)
  }
  const server = createServer((message, response) => {
    // A client that leaves in the middle of its body gets no answer.
    buffer(message).then(
      (body) => reply(message, response, body),
      () => {},
    )
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const running: TestServer = {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
    delay: 0,
  }
  return running
}

/** Bytes of an object, or of the range that a request asks for. */
export function answerRange(
  bytes: Uint8Array,
  range: string | undefined,
  headers: Readonly<Record<string, string>>,
): ServedAnswer {
  const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
  if (start === 0) return { status: 200, headers, body: bytes }
  const part = `bytes ${start}-${bytes.length - 1}/${bytes.length}`
  return { status: 206, headers: { ...headers, 'content-range': part }, body: bytes.subarray(start) }
}
