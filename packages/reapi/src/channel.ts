import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient, type Interceptor, type Transport } from '@connectrpc/connect'
import { createGrpcTransport } from '@connectrpc/connect-node'
import type { Pace } from '@tsbuild/content'
import { type ReapiEndpoint, transportUrl } from './endpoint.ts'
import { WideSessions } from './wide-sessions.ts'
import { explain, mayRetry, requestedDelay } from './errors.ts'

/** Patience with a server. */
export interface Patience {
  /** Attempts of a call. */
  readonly attempts: number
  /** Longest wait before an attempt, in milliseconds; a server that asks for more is given up. */
  readonly maxDelay: number
  /** Time of a call with one answer, in milliseconds. */
  readonly timeout: number
  /** Least that a transfer has to move. */
  readonly pace: Pace
}

/** One message: a batch of 4 MiB, which is what gRPC allows by default, and what surrounds it. */
const maximumMessage = 5 * 1024 * 1024

/**
 * Calls that share a connection. A server bounds how many calls a connection has at once, often by
 * 100: those that last as long as a step must not keep the short ones from their turn.
 */
export type Lane = 'short' | 'executions' | 'logs'

/** Connections to a server, each opened by its first call. */
export class Channel implements Disposable {
  readonly endpoint: ReapiEndpoint
  readonly patience: Patience
  readonly signal: AbortSignal
  readonly #lanes: Readonly<Record<Lane, Connection>>

  /** Throws `TypeError` as `transportUrl`. */
  constructor(
    endpoint: ReapiEndpoint,
    { patience, signal }: { readonly patience: Patience; readonly signal: AbortSignal },
  ) {
    this.endpoint = endpoint
    this.patience = patience
    this.signal = signal
    const open = (): Connection => openConnection(endpoint, patience)
    this.#lanes = { short: open(), executions: open(), logs: open() }
  }

  /** Name of the server for people. */
  get name(): string {
    const { url, instance = '' } = this.endpoint
    return instance === '' ? url : `${url}/${instance}`
  }

  client<Service extends DescService>(service: Service, lane: Lane = 'short'): Client<Service> {
    return createClient(service, this.#lanes[lane].transport)
  }

  /**
   * Calls with one answer, again after failures that may pass. Rejects with a `ReapiError` that
   * begins with `purpose`, or the reason of the signal.
   */
  async call<T>(
    purpose: string,
    attempt: (options: { readonly signal: AbortSignal; readonly timeoutMs: number }) => Promise<T>,
    signal: AbortSignal = this.signal,
  ): Promise<T> {
    const both = AbortSignal.any([signal, this.signal])
    for (let number = 1; ; number++) {
      try {
        return await attempt({ signal: both, timeoutMs: this.patience.timeout })
      } catch (error) {
        await this.waitToRetry(error, { number, purpose, signal: both })
      }
    }
  }

  /**
   * Waits before the attempt after `number`. Rejects with the error, explained, if there will be
   * no other attempt.
   */
  async waitToRetry(
    error: unknown,
    { number, purpose, signal }: { readonly number: number; readonly purpose: string; readonly signal: AbortSignal },
  ): Promise<void> {
    signal.throwIfAborted()
    const { attempts, maxDelay } = this.patience
    const delay = requestedDelay(error) ?? Math.min(maxDelay, 100 * 4 ** (number - 1) * (0.5 + Math.random()))
    if (!mayRetry(error) || number >= attempts || delay > maxDelay) throw explain(error, `${purpose} (${this.name})`)
    await sleep(delay, signal)
  }

  [Symbol.dispose](): void {
    for (const { sessions } of Object.values(this.#lanes)) sessions.abort(new Error('the connection is closed'))
  }
}

interface Connection {
  readonly sessions: WideSessions
  readonly transport: Transport
}

function openConnection(endpoint: ReapiEndpoint, { timeout }: Patience): Connection {
  const baseUrl = transportUrl(endpoint)
  const sessions = new WideSessions(baseUrl, { connectTimeout: timeout, tls: endpoint.tls ?? {} })
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: sessions,
    interceptors: [withHeaders(endpoint.headers ?? {})],
    readMaxBytes: maximumMessage,
    // Layers are compressed already.
    acceptCompression: [],
  })
  return { sessions, transport }
}

function withHeaders(headers: Readonly<Record<string, string>>): Interceptor {
  return (next) => (request) => {
    for (const [name, value] of Object.entries(headers)) request.header.set(name, value)
    return next(request)
  }
}

async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, milliseconds)
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  clearTimeout(timer)
  signal.throwIfAborted()
}
