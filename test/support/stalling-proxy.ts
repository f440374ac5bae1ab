import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** Transfers that the proxy stalls: bodies of blobs on their way down, or up. */
export type Stall = 'pull' | 'push' | 'everything' | undefined

/** An HTTP proxy in front of one server that can stop in the middle of a transfer. */
export interface StallingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** Stalls these transfers from now on. */
  stall: Stall
  /** Resolves when a transfer hangs. */
  stalled(): Promise<void>
}

/** Starts a proxy for the server at `target`, `host:port`. Nothing hangs at first. */
export async function startStallingProxy(target: string): Promise<StallingProxy> {
  const [hostname = '', port = ''] = target.split(':')
  const hanging = Promise.withResolvers<void>()
  const server = createServer((incoming, answer) => {
    const blob = /\/blobs\//.test(incoming.url ?? '')
    const pushing = incoming.method === 'PATCH' || incoming.method === 'PUT' || incoming.method === 'POST'
    if (proxy.stall === 'everything' || (proxy.stall === 'push' && blob && pushing)) return hanging.resolve()
    forward(incoming, answer, proxy.stall === 'pull' && blob && incoming.method === 'GET')
  })
  const forward = (incoming: IncomingMessage, answer: ServerResponse, half: boolean): void => {
    const { method = 'GET', url = '/', headers } = incoming
    const outgoing = request({ hostname, port, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      if (!half) return response.pipe(answer)
      return response.once('data', (chunk: Buffer) => {
        answer.write(chunk.subarray(0, chunk.length / 2))
        response.pause()
        hanging.resolve()
      })
    })
    outgoing.on('error', () => answer.destroy())
    incoming.pipe(outgoing)
  }
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const proxy: StallingProxy = {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    stall: undefined,
    stalled: () => hanging.promise,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
