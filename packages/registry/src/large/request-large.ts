import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Bytes } from '@tsbuild/content'
import type { HttpRequest } from '../http.ts'
import { cutOff } from './cut-off.ts'
import { frameBody } from './frame-body.ts'
import { framingOf, parseHead, type ResponseHead } from './response-head.ts'
import { bytesOf, type Slice, sizeOf, toChunk } from './slice.ts'
import { SocketReader } from './socket-reader.ts'

/** Connection to the host of a request. */
export interface LargeConnection {
  /** Milliseconds to connect, TLS included. */
  readonly timeout: number
  /** Options of `tls.connect`: certificates, and whether they are checked. */
  readonly tls: object
}

/** An answer as it arrived. */
export interface LargeAnswer extends Pick<ResponseHead, 'status' | 'headers'> {
  /** Chunks are lent. */
  readonly body: Bytes
}

/**
 * Requests large content over a connection of its own, which is closed afterwards. Compared with
 * undici, the bytes are copied once, by the kernel. Rejects with the errors of the socket, and with
 * the signal's reason.
 */
export async function requestLarge(request: HttpRequest, options: LargeConnection): Promise<LargeAnswer> {
  const { signal } = request
  signal?.throwIfAborted()
  const reader = new SocketReader()
  const head = formatHead(request)
  const socket = openSocket(request.url, options, reader)
  reader.attach(socket)
  const abort = (): void => void socket.destroy(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const close = (): void => {
    signal?.removeEventListener('abort', abort)
    reader.close()
  }
  // Not before: the certificate is judged only then.
  socket.once(isSecure(request.url) ? 'secureConnect' : 'connect', () => socket.write(head))
  try {
    const { head: answer, rest } = await readHead(reader)
    const framed = frameBody(readSlices(reader, rest), framingOf(answer))
    return { status: answer.status, headers: answer.headers, body: readBody(framed, close) }
  } catch (error) {
    close()
    throw error
  }
}

function openSocket(url: URL, { timeout, tls }: LargeConnection, { onread }: SocketReader): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || (isSecure(url) ? 443 : 80))
  const servername = isIP(host) === 0 ? host : ''
  // The types of `tls.connect` do not list `onread`.
  const options = { host, port, onread }
  const socket = isSecure(url)
    ? connectTls({ ...tls, ...options, servername, ALPNProtocols: ['http/1.1'] })
    : connectPlain(options)
  const late = setTimeout(() => {
    socket.destroy(Object.assign(new Error('connect timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' }))
  }, timeout)
  const settle = (): void => clearTimeout(late)
  return socket
    .setNoDelay(true)
    .once(isSecure(url) ? 'secureConnect' : 'connect', settle)
    .once('close', settle)
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:'
}

function formatHead({ method, url, headers }: HttpRequest): string {
  const fields = Object.entries({ host: url.host, connection: 'close', ...headers })
  for (const [name, value] of fields)
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw Object.assign(new Error(`invalid header "${name}"`), { code: 'UND_ERR_INVALID_ARG' })
  const lines = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

/** The head of the final answer, and what was received of its body. */
async function readHead(reader: SocketReader): Promise<{ readonly head: ResponseHead; readonly rest: Slice[] }> {
  let begun = Buffer.alloc(0)
  for (;;) {
    const slice = await reader.next()
    if (slice === undefined) throw cutOff()
    const before = begun.length
    begun = Buffer.concat([begun, bytesOf(slice)])
    try {
      for (let head = parseHead(begun), used = 0; head !== undefined; head = parseHead(begun)) {
        begun = begun.subarray(head.size)
        used += head.size
        // Interim answers come before the final one.
        if (head.status < 200) continue
        const { block, end } = slice
        const start = slice.start + used - before
        if (start < end) block.hold()
        return { head, rest: start < end ? [{ block, start, end }] : [] }
      }
    } finally {
      slice.block.release()
    }
  }
}

async function* readSlices(reader: SocketReader, first: readonly Slice[]): AsyncGenerator<Slice, void, undefined> {
  yield* first
  for (let slice = await reader.next(); slice !== undefined; slice = await reader.next())
    if (sizeOf(slice) > 0) yield slice
}

async function* readBody(slices: AsyncIterable<Slice>, close: () => void): AsyncGenerator<Uint8Array> {
  try {
    for await (const slice of slices) yield toChunk(slice)
  } finally {
    close()
  }
}
