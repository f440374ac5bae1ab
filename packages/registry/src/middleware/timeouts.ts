import type { Bytes } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'
import type { Middleware } from '../http.ts'

/** How long a registry may be silent, in milliseconds. Time in which it waits for us is not counted. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connect: number
  /** Until the headers of an answer, and between two chunks of a body in either direction. */
  readonly idle: number
  /** From the last byte of a blob to the answer: some registries copy the blob before they confirm it. */
  readonly commit: number
}

export const defaultTimeouts: Timeouts = { connect: 10_000, idle: 30_000, commit: 300_000 }

/** Ends a request whose registry is silent too long with `REGISTRY_TIMEOUT`, which is temporary. */
export function timeouts(limits: Timeouts): Middleware {
  return (next) => async (request) => {
    const clock = createClock(request.url.host)
    const signal = request.signal === undefined ? clock.signal : AbortSignal.any([request.signal, clock.signal])
    const { body } = request
    const commit = request.once === true ? limits.commit : limits.idle
    clock.start(limits.idle)
    try {
      const response = await next({ ...request, signal, ...(body && { body: () => watchUpload(body(), clock, { ...limits, commit }) }) })
      return { ...response, body: watchDownload(response.body, clock, limits) }
    } finally {
      clock.stop()
    }
  }
}

interface Clock {
  readonly signal: AbortSignal
  start(limit: number): void
  stop(): void
}

function createClock(host: string): Clock {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => clearTimeout(timer)
  const start = (limit: number): void => {
    stop()
    const expire = (): void =>
      controller.abort(new RegistryError('REGISTRY_TIMEOUT', `${host} was silent for ${limit / 1000} s`, { temporary: true }))
    timer = setTimeout(expire, limit)
  }
  return { signal: controller.signal, start, stop }
}

/** The clock runs while a chunk is being sent and stands while the next one is being produced. */
async function* watchUpload(body: Bytes, clock: Clock, limits: Timeouts): AsyncGenerator<Uint8Array> {
  clock.stop()
  for await (const chunk of body) {
    clock.start(limits.idle)
    yield chunk
    clock.stop()
  }
  clock.start(limits.commit)
}

/** The clock runs while a chunk is being waited for and stands while the consumer works on it. */
async function* watchDownload(body: Bytes, clock: Clock, limits: Timeouts): AsyncGenerator<Uint8Array> {
  try {
    clock.start(limits.idle)
    for await (const chunk of body) {
      clock.stop()
      yield chunk
      clock.start(limits.idle)
    }
  } finally {
    clock.stop()
  }
}
