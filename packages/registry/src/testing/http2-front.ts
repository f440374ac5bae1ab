import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { constants, createSecureServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'

/**
 * A server that speaks HTTP/2 over TLS in front of a plain one; disposing cuts every connection.
 */
export interface Http2Front extends AsyncDisposable {
  /** `127.0.0.1:PORT`, with a self-signed certificate. */
  readonly host: string
  /** Number of connections so far. */
  readonly connections: number
  /** Number of requests so far. */
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
}

/** Reason why no certificate can be made here; undefined when it can. */
export const http2FrontMissing: string | undefined =
  spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed'

/** Starts a front. */
export async function startHttp2Front({ target, breaks = 'stream' }: Http2FrontOptions): Promise<Http2Front> {
  const server = createSecureServer(makeCertificate())
  const sessions = new Set<Http2Session>()
  let [connections, streams] = [0, 0]
  server.on('session', (session) => {
    connections++
    sessions.add(session)
    session.once('close', () => sessions.delete(session)).on('error', () => {})
  })
  server.on('stream', (stream, headers) => {
    streams++
    forward({ stream, headers, target, onBreak: () => cut(stream, breaks) })
  })
  server.on('sessionError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    host: `127.0.0.1:${address.port}`,
    get connections() {
      return connections
    },
    get streams() {
      return streams
    },
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Fields of a connection, which HTTP/2 does not have (RFC 9113, section 8.2.2). */
const ofConnection = ['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection']

interface Forwarding {
  readonly stream: ServerHttp2Stream
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly target: string
  /** Called when the plain server ends its answer early, or gives none. */
  onBreak(): void
}

function forward({ stream, headers, target, onBreak }: Forwarding): void {
  const fields = Object.entries(headers).filter(([name]) => !name.startsWith(':'))
  const behind = request(`http://${target}${String(headers[':path'])}`, {
    method: String(headers[':method']),
    headers: {
      ...Object.fromEntries(fields),
      // A registry names places for uploads by these.
      host: String(headers[':authority']),
      'x-forwarded-proto': 'https',
    },
    agent: false,
  })
  behind.on('response', (answer) => {
    const kept = Object.entries(answer.headers).filter(([name]) => !ofConnection.includes(name))
    if (stream.destroyed) return
    stream.respond({ ...Object.fromEntries(kept), ':status': answer.statusCode ?? 500 })
    answer.on('error', onBreak).pipe(stream)
  })
  behind.on('error', onBreak)
  stream.on('error', () => {}).on('close', () => behind.destroy())
  // Ends of either side are those of the other; the answer reports a broken one.
  pipeline(stream, behind, () => {})
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
