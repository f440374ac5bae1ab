import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** One request that passed a proxy. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly status: number
  /** Bytes of both bodies. */
  readonly sent: number
  readonly received: number
}

/** Wrong behaviour of a server for one request. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** No answer at all. */
  | { readonly kind: 'hang' }
  /** Half of the body, with the length of the whole, and then the end of the connection. */
  | { readonly kind: 'truncate' }
  /** The right number of wrong bytes. */
  | { readonly kind: 'corrupt' }

/** An HTTP proxy in front of one server that counts what passes and can misbehave. */
export interface WatchedProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** Everything since the start or the last `splice(0)`. */
  readonly exchanges: Exchange[]
  /** Fault of a request by method and path; undefined passes it on. */
  fault: (method: string, path: string) => Fault | undefined
}

/** Starts a proxy for the server at `target`, `host:port`, that passes everything on at first. */
export async function startWatchedProxy(target: string): Promise<WatchedProxy> {
  const [hostname = '', port = ''] = target.split(':')
  const exchanges: Exchange[] = []
  const server = createServer((incoming, answer) => {
    const { method = 'GET', url: path = '/' } = incoming
    const fault = proxy.fault(method, path)
    if (fault?.kind === 'hang') return
    if (fault?.kind === 'answer') {
      exchanges.push({ method, path, status: fault.status, sent: 0, received: 0 })
      incoming.resume()
      answer.writeHead(fault.status, fault.headers).end()
      return
    }
    forward(incoming, answer, fault)
  })
  const forward = (incoming: IncomingMessage, answer: ServerResponse, fault: Fault | undefined): void => {
    const { method = 'GET', url: path = '/', headers } = incoming
    let sent = 0
    incoming.on('data', (chunk: Buffer) => (sent += chunk.length))
    const outgoing = request({ hostname, port, method, path, headers }, (response) => {
      const status = response.statusCode ?? 502
      answer.writeHead(status, response.headers)
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const body = Buffer.concat(chunks)
        exchanges.push({ method, path, status, sent, received: body.length })
        if (fault === undefined) answer.end(body)
        else if (fault.kind === 'corrupt') answer.end(body.map((byte) => byte ^ 1))
        else answer.write(body.subarray(0, body.length / 2), () => answer.destroy())
      })
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const proxy: WatchedProxy = {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    exchanges,
    fault: () => undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
