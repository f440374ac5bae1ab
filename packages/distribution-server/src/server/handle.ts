import type { IncomingMessage, ServerResponse } from 'node:http'
import { codeOf } from '@tsbuild/errors'
import type { Pace } from '@tsbuild/content'
import type { Access } from '../names/scope.ts'
import { baseUrl } from '../wire/base-url.ts'
import { WireError } from '../wire/wire-error.ts'
import type { AccessRecord } from './access-record.ts'
import type { Answer } from '../wire/answer.ts'
import { ClientGone, readBody } from './body.ts'
import { accessFor, chooseOperation, operationsOf, type Registry } from './dispatch.ts'
import type { RegistryRequest } from '../wire/request.ts'
import { readRoute } from './route.ts'
import { sendAnswer } from './send.ts'

/** Everything that requests of one server have in common. */
export interface Handling {
  readonly registry: Registry
  /** Slowest client. */
  readonly pace: Pace
  readonly secure: boolean
  /** `HOST:PORT` of this server. */
  readonly host: () => string
  /** Address of the server for clients, if it is not that of their requests. */
  readonly publicUrl?: string | undefined
  readonly onRequest: (record: AccessRecord) => void
}

/** Parts of a record that are known only in the course of a request. */
interface Counter {
  received: number
  sent: number
  user: string | undefined
}

/** Headers of every answer: browsers must not take content for pages. */
const common = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
}

/** Answers one request and records it. Never rejects. */
export async function handleRequest(
  message: IncomingMessage,
  response: ServerResponse,
  handling: Handling,
): Promise<void> {
  const begun = performance.now()
  const exchange = { message, response, pace: handling.pace }
  const counter: Counter = { received: 0, sent: 0, user: undefined }
  let failure: unknown
  response.on('error', () => undefined)
  try {
    counter.sent = await sendAnswer(withCommon(await answer(exchange, handling, counter)), exchange)
  } catch (error) {
    failure = error
    await sendFailure(error, exchange).catch((later: unknown) => (failure = later))
  }
  if (!response.writableFinished && !response.destroyed) await finished(response)
  handling.onRequest({
    time: new Date().toISOString(),
    method: message.method ?? '',
    target: message.url ?? '',
    status: response.headersSent ? response.statusCode : 0,
    received: counter.received,
    sent: counter.sent,
    duration: Math.round(performance.now() - begun),
    client: message.socket.remoteAddress ?? '',
    ...(counter.user !== undefined && { user: counter.user }),
    ...(message.headers['user-agent'] !== undefined && { agent: message.headers['user-agent'] }),
    ...(failure !== undefined && { error: describe(failure) }),
  })
}

async function answer(
  { message, response, pace }: Parameters<typeof sendAnswer>[1],
  { registry, secure, host, publicUrl }: Handling,
  counter: Counter,
): Promise<Answer> {
  const { method = 'GET', url = '/' } = message
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const route = readRoute(path, method)
  if (route === undefined) throw new WireError('UNSUPPORTED', 'no such resource', { status: 404 })
  const operations = operationsOf(route, registry)
  const isReadOnly = registry.storage === undefined
  const authorized = {
    authorization: message.headers.authorization,
    base: publicUrl ?? baseUrl(message.headers.host, { secure, fallback: host() }),
  }
  if (route.kind !== 'token')
    counter.user = await registry.authority.authorize(authorized, accessFor(route, operations[method]?.action))
  const operation = chooseOperation(operations, method, isReadOnly)
  const request: RegistryRequest = {
    method,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    header: (name) => firstValue(message.headers[name]),
    contentLength: lengthOf(message),
    body: () => {
      // Only now does the client send its body, if it waits for the permission.
      if (message.headers.expect !== undefined && !response.headersSent) response.writeContinue()
      return counted(readBody(message, pace), counter)
    },
    allows: (access: Access) =>
      registry.authority.authorize(authorized, [access]).then(
        () => true,
        () => false,
      ),
  }
  return operation.run(request)
}

async function* counted(bytes: AsyncIterable<Uint8Array>, counter: Counter): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    counter.received += chunk.length
    yield chunk
  }
}

async function sendFailure(error: unknown, exchange: Parameters<typeof sendAnswer>[1]): Promise<void> {
  const { response, message } = exchange
  if (response.headersSent) return void response.destroy()
  if (error instanceof ClientGone) return void message.socket.destroy()
  const wire = toWireError(error)
  const headers = { 'content-type': 'application/json', ...wire.headers }
  await sendAnswer(withCommon({ status: wire.status, headers, body: wire.body }), exchange)
}

/** Causes within the server stay in its log: their messages may name paths. */
function toWireError(error: unknown): WireError {
  if (error instanceof WireError) return error
  if (codeOf(error, 'INTERNAL') === 'NO_SPACE')
    return new WireError('UNKNOWN', 'no space left on the server', { status: 507 })
  return new WireError('UNKNOWN', 'the server failed')
}

function withCommon(plain: Answer): Answer {
  return { ...plain, headers: { ...common, ...plain.headers } }
}

function finished(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('finish', resolve)
    response.once('close', resolve)
  })
}

function lengthOf({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  return Number(headers['content-length'] ?? 0)
}

function firstValue(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
