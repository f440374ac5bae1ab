import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

/** A request the chaos server got, with its whole body. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** An HTTP server on loopback that answers as a test wants; disposing cuts every connection. */
export interface ChaosServer extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  /** All requests so far, in order of arrival. */
  readonly received: readonly Received[]
}

/**
 * Answers one request; `count` is how many came before it. One that does not end the response
 * hangs.
 */
export type ChaosHandler = (request: Received, response: ServerResponse, count: number) => void

/** Starts a chaos server. Bodies are read to their end before the handler is called. */
export async function startChaos(handle: ChaosHandler): Promise<ChaosServer> {
  const received: Received[] = []
  const server = createServer((message, response) => {
    const answer = (body: Buffer): void => {
      const request = { method: message.method ?? '', url: message.url ?? '', headers: message.headers, body }
      received.push(request)
      handle(request, response, received.length - 1)
    }
    // A client that leaves in the middle of its body gets no answer.
    buffer(message).then(answer, () => {})
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
