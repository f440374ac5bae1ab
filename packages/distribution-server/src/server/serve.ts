import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import { defaultPace, type Pace } from '@tsbuild/content'
import type { AccessRecord } from './access-record.ts'
import type { Registry } from './dispatch.ts'
import { handleRequest } from './handle.ts'

/** Certificate chain and private key, in PEM form. */
export interface TlsFiles {
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
}

/** Settings of a server. */
export interface ServeOptions {
  readonly registry: Registry
  /** Name or address to listen on. */
  readonly address: string
  /** 0 takes a free one. */
  readonly port: number
  readonly tls?: TlsFiles | undefined
  readonly publicUrl?: string | undefined
  readonly pace?: Pace
  readonly onRequest?: (record: AccessRecord) => void
}

/** A server that answers. */
export interface RunningServer {
  /** `HOST:PORT`, with brackets around IPv6 addresses. */
  readonly host: string
  /**
   * Uses another certificate for connections to come. Throws the error of TLS for one that does not
   * fit its key, and keeps the former.
   */
  renew(tls: TlsFiles): void
  /** Takes no more requests, and resolves when those that run have ended. */
  close(): Promise<void>
  /** Ends connections at once. */
  destroy(): void
}

/**
 * Milliseconds that a client has for the head of a request, from its first byte or the last answer.
 */
const headTime = 20_000
/** Milliseconds that an unused connection stays open. Clients behind proxies expect a minute. */
const keepAlive = 65_000
const handshakeTime = 10_000
const mostConnections = 2000
/** Bytes. Tokens are long; Node's default is 16 KiB. */
const mostHeaders = 32 * 1024

/** Starts a server. Rejects with the error of the system, such as a port in use. */
export async function serve(options: ServeOptions): Promise<RunningServer> {
  const { registry, tls, pace = defaultPace, publicUrl, onRequest = () => {} } = options
  let host = ''
  const handling = { registry, pace, secure: tls !== undefined, publicUrl, onRequest, host: () => host }
  const running = new Map<Promise<void>, Socket>()
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    const handled = handleRequest(message, response, handling).finally(() => running.delete(handled))
    running.set(handled, message.socket)
    // A client that keeps its connection would keep a server that ends.
    if (!server.listening) response.setHeader('connection', 'close')
  }
  const server = makeServer(tls)
  server.on('request', handle)
  // Without the permission of an endpoint, a client that waits for one sends nothing.
  server.on('checkContinue', handle)
  const sockets = trackSockets(server, 'connection')
  // Those that carry requests: with TLS, others than those of TCP.
  const requests = tls === undefined ? sockets : trackSockets(server, 'secureConnection')
  server.listen(options.port, options.address)
  await once(server, 'listening')
  host = formatAddress(server)
  return {
    host,
    renew: (files) => {
      if (server instanceof SecureServer) server.setSecureContext({ ...secureSettings, ...asContext(files) })
    },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      const busy = new Set(running.values())
      for (const socket of requests) if (!busy.has(socket)) socket.destroy()
      await Promise.all(running.keys())
      for (const socket of sockets) socket.destroySoon()
      await closed
    },
    destroy: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

function makeServer(tls: TlsFiles | undefined): Server {
  const settings = {
    headersTimeout: headTime,
    // The pace of the body bounds it instead: large uploads take hours.
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    connectionsCheckingInterval: 5000,
    maxHeaderSize: mostHeaders,
    noDelay: true,
  }
  const server =
    tls === undefined
      ? createServer(settings)
      : createSecureServer({
          ...settings,
          ...secureSettings,
          ...asContext(tls),
          handshakeTimeout: handshakeTime,
        })
  server.maxConnections = mostConnections
  return server
}

const secureSettings = { minVersion: 'TLSv1.2' } as const

function asContext({ cert, key }: TlsFiles): { readonly cert: string | Buffer; readonly key: string | Buffer } {
  return { cert: asText(cert), key: asText(key) }
}

function asText(value: string | Uint8Array): string | Buffer {
  return typeof value === 'string' ? value : Buffer.from(value)
}

function trackSockets(server: Server, event: 'connection' | 'secureConnection'): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on(event, (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  return sockets
}

function formatAddress(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('the server has no port')
  return `${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
}
