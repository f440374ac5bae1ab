import type { ClientHttp2Stream, Http2Session, SecureClientSessionOptions } from 'node:http2'
import { Http2SessionManager } from '@connectrpc/connect-node'

/**
 * Bytes that may be under way to this side, of a connection and of each stream on it. HTTP/2 begins
 * with 64 KiB, which is 3 MB a second on a way of 20 ms.
 */
const windows = { connection: 16 * 1024 * 1024, stream: 4 * 1024 * 1024 }

/** HTTP/2 connections to one host with room for large downloads. */
export class WideSessions extends Http2SessionManager {
  readonly #widened = new WeakSet<Http2Session>()

  constructor(
    url: string,
    { connectTimeout, tls }: { readonly connectTimeout: number; readonly tls: SecureClientSessionOptions },
  ) {
    super(
      url,
      { connectTimeoutMs: connectTimeout, pingIntervalMs: 30_000 },
      { ...tls, settings: { initialWindowSize: windows.stream, enablePush: false } },
    )
  }

  override async request(...request: Parameters<Http2SessionManager['request']>): Promise<ClientHttp2Stream> {
    const stream = await super.request(...request)
    const { session } = stream
    if (session !== undefined && !this.#widened.has(session)) {
      this.#widened.add(session)
      session.setLocalWindowSize(windows.connection)
    }
    return stream
  }
}
