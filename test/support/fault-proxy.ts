import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'

/** Wrong behaviour for one request. `at` is a number of bytes. */
export type Misbehaviour =
  /** Reads `at` bytes of the request, then answers. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly at: number
      readonly headers: Readonly<Record<string, string>>
    }
  /** Reads `at` bytes of the request, then refuses its token and all others. */
  | { readonly kind: 'expire'; readonly at: number }
  /** Passes `at` bytes of the body on, then ends the connection. */
  | { readonly kind: 'reset-request' | 'reset-answer'; readonly at: number }
  | { readonly kind: 'hang' }
  /** A byte of the body at a time. */
  | { readonly kind: 'drip' }
  /** One wrong byte. */
  | { readonly kind: 'corrupt' }
  /** This part of the body, from 0 to 1, or more than all of it; the length agrees. */
  | { readonly kind: 'resize'; readonly factor: number }
  /** Redirects to the same place. */
  | { readonly kind: 'loop' }
  | { readonly kind: 'endless' }
  | { readonly kind: 'label'; readonly header: string; readonly value: string }

/** Kind of a request of the distribution API: `PATCH upload`, `GET manifest`. */
export type RequestClass = `${string} ${'blob' | 'upload' | 'manifest' | 'token'}`

/** One request that reached the proxy. */
export interface SeenRequest {
  readonly class: RequestClass
  readonly path: string
  /** First byte of a partial request, else 0. */
  readonly start: number
  readonly fault: Misbehaviour | undefined
}

/** A proxy in front of a registry that demands tokens and misbehaves on request. */
export interface FaultProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string
  readonly seen: readonly SeenRequest[]
}

export interface FaultProxyOptions {
  /** `host:port` of the registry. */
  readonly target: string
  /** Chooses the fault of a request; undefined passes it on. A fresh token was never accepted. */
  readonly choose: (requestClass: RequestClass, isFresh: boolean) => Misbehaviour | undefined
  /** Fields of every token answer besides the token: what a server with a wrong clock sends. */
  readonly tokenFields?: Readonly<Record<string, unknown>>
}

/** Starts a proxy. Disposing cuts every connection. */
export async function startFaultProxy({ target, choose, tokenFields }: FaultProxyOptions): Promise<FaultProxy> {
  const seen: SeenRequest[] = []
  /** Valid tokens, and if they were used. */
  const tokens = new Map<string, boolean>()
  let issued = 0
  const server = createServer((incoming, answer) => {
    const { url: path = '/', headers } = incoming
    const requestClass = classify(incoming)
    const challenge = (at: number): void => {
      const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
      const realm = `realm="${scheme}://${headers.host}/token",service="test"`
      answerAfter(incoming, answer, { status: 401, at, headers: { 'www-authenticate': `Bearer ${realm}` } })
    }
    const token = headers.authorization ?? ''
    const isKnown = requestClass === 'GET token' || tokens.has(token)
    // What has no token yet never reaches the registry.
    const fault = isKnown ? choose(requestClass, tokens.get(token) === false) : undefined
    const start = Number(/^(?:bytes=)?(\d+)-/.exec(headers.range ?? headers['content-range'] ?? '')?.[1] ?? 0)
    seen.push({ class: requestClass, path, start, fault })
    if (fault?.kind === 'expire') tokens.clear()
    if (!isKnown || fault?.kind === 'expire') return challenge(fault?.kind === 'expire' ? fault.at : 0)
    if (requestClass === 'GET token') {
      const made = `token-${issued++}`
      tokens.set(`Bearer ${made}`, false)
      const body = Buffer.from(JSON.stringify({ token: made, ...tokenFields }))
      return respond(answer, { status: 200, headers: {}, body }, fault)
    }
    tokens.set(token, true)
    if (fault?.kind === 'status') return answerAfter(incoming, answer, fault)
    if (fault?.kind === 'hang') return incoming.resume()
    if (fault?.kind === 'loop') return void answer.writeHead(307, { location: path }).end(() => incoming.resume())
    return forward(incoming, answer, { target, fault })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return {
    host: `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function classify({ method = 'GET', url = '/' }: IncomingMessage): RequestClass {
  if (url.startsWith('/token')) return `${method} token`
  if (url.includes('/manifests/')) return `${method} manifest`
  return url.includes('/blobs/uploads/') ? `${method} upload` : `${method} blob`
}

type EarlyAnswer = Omit<Extract<Misbehaviour, { kind: 'status' }>, 'kind'>

function answerAfter(incoming: IncomingMessage, answer: ServerResponse, { status, at, headers }: EarlyAnswer): void {
  let read = 0
  const send = (): void => {
    if (!answer.headersSent) answer.writeHead(status, headers).end()
  }
  if (at === 0) send()
  incoming.on('data', (chunk: Buffer) => {
    read += chunk.length
    if (read >= at) send()
  })
  incoming.on('end', send)
}

function forward(
  incoming: IncomingMessage,
  answer: ServerResponse,
  { target, fault }: { readonly target: string; readonly fault: Misbehaviour | undefined },
): void {
  const [hostname = '', port = ''] = target.split(':')
  const { method = 'GET', url: path = '/', headers } = incoming
  const { authorization: _, ...passed } = headers
  const outgoing = request({ hostname, port, method, path, headers: passed, agent: false }, (response) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => {
      const { statusCode: status = 502 } = response
      respond(answer, { status, headers: response.headers, body: Buffer.concat(chunks) }, fault)
    })
    response.on('error', () => answer.destroy())
  })
  outgoing.on('error', () => answer.destroy())
  incoming.on('error', () => outgoing.destroy())
  if (fault?.kind !== 'reset-request') return void incoming.pipe(outgoing)
  let left = fault.at
  const cut = (): void => {
    incoming.socket.resetAndDestroy()
    // The registry sees the connection end, with the bytes up to here.
    setTimeout(() => outgoing.destroy(), 20)
  }
  incoming.on('data', (chunk: Buffer) => {
    if (left <= 0) return
    outgoing.write(chunk.subarray(0, left))
    left -= chunk.length
    if (left <= 0) cut()
  })
  incoming.on('end', () => left > 0 && cut())
  if (left <= 0) cut()
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

function respond(answer: ServerResponse, { status, headers, body }: Answer, fault: Misbehaviour | undefined): void {
  switch (fault?.kind) {
    case 'status':
      return void answer.writeHead(fault.status, fault.headers).end()
    case 'hang':
      return
    case 'reset-answer':
      answer.writeHead(status, headers)
      answer.flushHeaders()
      // A reset (RST) would also drop bytes that the other side has not read yet.
      answer.write(body.subarray(0, fault.at), () => answer.destroy())
      return
    case 'drip':
      return drip(answer.writeHead(status, headers), body)
    case 'corrupt':
      return void answer
        .writeHead(status, headers)
        .end(body.map((byte, index) => (index === body.length >> 1 ? byte ^ 1 : byte)))
    case 'resize': {
      const length = Math.floor(Number(headers['content-length'] ?? body.length) * fault.factor)
      const bytes = Buffer.concat([body, Buffer.alloc(Math.max(0, length - body.length), ' ')]).subarray(0, length)
      return void answer.writeHead(status, { ...headers, 'content-length': length }).end(bytes)
    }
    case 'endless': {
      const { 'content-length': _, ...others } = headers
      answer.writeHead(status, others)
      const more = (): void => {
        if (!answer.destroyed) answer.write(Buffer.alloc(65_536, ' '), () => setImmediate(more))
      }
      return void answer.write(body, more)
    }
    case 'label':
      return void answer.writeHead(status, { ...headers, [fault.header]: fault.value }).end(body)
    default:
      return void answer.writeHead(status, headers).end(body)
  }
}

function drip(answer: ServerResponse, body: Buffer): void {
  let sent = 0
  const timer = setInterval(() => answer.write(body.subarray(sent, ++sent)), 50)
  answer.on('close', () => clearInterval(timer))
}
