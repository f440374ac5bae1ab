import { type Bytes, Deadline, defaultPace, factsOf, type Pace, PaceClock, withFacts } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'
import type { Middleware } from '../http.ts'

/** Longest silence of a registry, in milliseconds. Time in which it waits for us is not counted. */
export interface Timeouts {
  /** Until the connection stands. */
  readonly connect: number
  /** Until the headers of an answer, and between two chunks of a body in either direction. */
  readonly idle: number
  /**
   * From the last byte of a blob to the answer: some registries copy the blob before they confirm
   * it.
   */
  readonly commit: number
  /** Least that moves in either direction while a body is under way. */
  readonly pace: Pace
}

export const defaultTimeouts: Timeouts = { connect: 10_000, idle: 30_000, commit: 300_000, pace: defaultPace }

/**
 * Ends a request whose registry is silent or too slow with `REGISTRY_TIMEOUT`, which is temporary.
 */
export function timeouts(limits: Timeouts): Middleware {
  return (next) => async (request) => {
    const clock = createClock(request.url.host, limits.pace)
    const signal = request.signal === undefined ? clock.signal : AbortSignal.any([request.signal, clock.signal])
    const { body } = request
    const commit = request.once === true ? limits.commit : limits.idle
    clock.start(body === undefined ? commit : limits.idle)
    try {
      const response = await next({
        ...request,
        signal,
        ...(body && { body: () => watchUpload(body(), clock, { ...limits, commit }) }),
      })
      return { ...response, body: watchDownload(response.body, clock, limits) }
    } finally {
      clock.stop()
    }
  }
}

interface Clock {
  readonly signal: AbortSignal
  /** Waits for a sign of life. */
  start(limit: number): void
  /** Waits for bytes of a body, which must also keep their pace. */
  startBody(limit: number): void
  /** Ends a wait in which so many bytes of a body moved. */
  stop(bytes?: number): void
}

function createClock(host: string, pace: Pace): Clock {
  const controller = new AbortController()
  const expire = (reason: string): void =>
    controller.abort(new RegistryError('REGISTRY_TIMEOUT', `${host} ${reason}`, { temporary: true }))
  const paceClock = new PaceClock(pace, (reason) => expire(`moved ${reason}`))
  let allowed = 0
  const silence = new Deadline(() => expire(`was silent for ${allowed / 1000} s`))
  const stop = (bytes = 0): void => {
    silence.clear()
    paceClock.stop(bytes)
  }
  const start = (limit: number): void => {
    stop()
    allowed = limit
    silence.set(limit)
  }
  const startBody = (limit: number): void => {
    start(limit)
    paceClock.start()
  }
  return { signal: controller.signal, start, startBody, stop }
}

function watchUpload(body: Bytes, clock: Clock, limits: Timeouts): Bytes {
  return withFacts(watchSending(body, clock, limits), factsOf(body))
}

/** The clock runs while a chunk is being sent and stands while the next one is being produced. */
async function* watchSending(body: Bytes, clock: Clock, limits: Timeouts): AsyncGenerator<Uint8Array> {
  clock.stop()
  for await (const chunk of body) {
    const { length } = chunk
    clock.startBody(limits.idle)
    yield chunk
    clock.stop(length)
  }
  clock.start(limits.commit)
}

/** The clock runs while a chunk is being waited for and stands while the consumer works on it. */
async function* watchDownload(body: Bytes, clock: Clock, limits: Timeouts): AsyncGenerator<Uint8Array> {
  try {
    clock.startBody(limits.idle)
    for await (const chunk of body) {
      clock.stop(chunk.length)
      yield chunk
      clock.startBody(limits.idle)
    }
  } finally {
    clock.stop()
  }
}
