import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http'
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A server that speaks TLS, and HTTP/2 to those who can, in front of a plain one. Disposing cuts
 * every connection.
 */
export interface Http2Front extends AsyncDisposable {
  /** `127.0.0.1:PORT`, with a self-signed certificate. */
  readonly host: string
  /** Number of connections over HTTP/2 so far. */
  readonly sessions: number
  /** Number of requests over HTTP/2 so far. */
  readonly streams: number
}

export interface Http2FrontOptions {
  /** `127.0.0.1:PORT` of the plain server. */
  readonly target: string
  /**
   * Ending of a stream whose answer broke off behind the front. `stream` resets it, `goaway` also
   * closes the connection to new streams, and `connection` cuts it. Default `stream`.
   */
  readonly breaks?: 'stream' | 'goaway' | 'connection'
  /** Refuses HTTP/1.1. Default false. */
  readonly onlyHttp2?: boolean
}

/** Reason why no certificate can be made here; undefined when it can. */
export const http2FrontMissing: string | undefined =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed'

/** Starts a front. */
export async function startHttp2Front({
  target,
  breaks = 'stream',
  onlyHttp2 = false,
}: Http2FrontOptions): Promise<Http2Front> {
  const server = createSecureServer({ ...makeCertificate(), allowHTTP1: !onlyHttp2 })
  const sockets = new Set<Socket>()
  let [sessions, streams] = [0, 0]
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('session', (session) => {
    sessions++
    session.on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    streams++
    forwardStream(stream, { target, headers, onBreak: () => cut(stream, breaks) })
  })
  // Requests of both protocols arrive here.
  server.on('request', (message, response) => {
    if (message.httpVersionMajor === 1) forwardMessage(message, response, target)
  })
  server.on('sessionError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    get sessions() {
      return sessions
    },
    get streams() {
      return streams
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Forwarding {
  readonly target: string
  readonly headers: Fields
  /** Called when the plain server ends its answer early, or gives none. */
  onBreak(): void
}

function forwardStream(stream: ServerHttp2Stream, { target, headers, onBreak }: Forwarding): void {
  const [path, method, host] = [':path', ':method', ':authority'].map((name) => String(headers[name]))
  const behind = ask(target, { path, method, host, headers })
  behind.once('error', onBreak).once('response', (answer) => {
    // An answer may come before the whole request has been taken.
    behind.off('error', onBreak).on('error', () => {})
    if (stream.destroyed) return
    stream.respond({ ...keepFields(answer.headers), ':status': answer.statusCode ?? 500 })
    answer.on('error', onBreak).pipe(stream)
  })
  stream.on('error', () => {}).on('close', () => behind.destroy())
  stream.pipe(behind)
}

/** Over HTTP/1.1. */
function forwardMessage(message: Http2ServerRequest, response: Http2ServerResponse, target: string): void {
  const { method, url: path, headers } = message
  const behind = ask(target, { path, method, headers, host: headers.host })
  const onBreak = (): void => void message.socket.destroy()
  behind.once('error', onBreak).once('response', (answer) => {
    behind.off('error', onBreak).on('error', () => {})
    response.writeHead(answer.statusCode ?? 500, keepFields(answer.headers))
    answer.on('error', onBreak).pipe(response)
  })
  response.on('close', () => behind.destroy())
  message.on('error', () => {}).pipe(behind)
}

type Fields = Readonly<Record<string, string | string[] | undefined>>

interface Question {
  readonly path: string | undefined
  readonly method: string | undefined
  readonly headers: Fields
  /** Name of the front. */
  readonly host: string | undefined
}

/** Sends the head of a request to the plain server, which names places by the host. */
function ask(target: string, { path, method, headers, host }: Question): ClientRequest {
  const forwarded = { ...keepFields(headers), host: host ?? target, 'x-forwarded-proto': 'https' }
  return request(`http://${target}${path ?? '/'}`, { method: method ?? 'GET', headers: forwarded, agent: false })
}

/** Removes the fields of a connection (RFC 9113, section 8.2.2), and pseudo-header fields. */
function keepFields(fields: Fields): OutgoingHttpHeaders {
  const ofConnection = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => !name.startsWith(':') && !ofConnection.includes(name)),
  )
}

function cut(stream: ServerHttp2Stream, breaks: Http2FrontOptions['breaks']): void {
  if (breaks === 'connection') stream.session?.destroy()
  else if (breaks === 'goaway') stream.session?.goaway(constants.NGHTTP2_INTERNAL_ERROR, stream.id)
  stream.close(constants.NGHTTP2_INTERNAL_ERROR)
}

function makeCertificate(): { readonly key: Buffer; readonly cert: Buffer } {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-http2-'))
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
    const subject = ['-subj', '/CN=127.0.0.1', '-days', '1']
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
    spawnSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject])
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
