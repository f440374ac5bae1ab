import type { Middleware } from '../http.ts'

/**
 * Lets at most `concurrency` requests per host wait for their answer, and twice as many HEAD
 * requests, which move no content. The others queue in order of arrival. A slot is free again when
 * the headers have arrived: were it held by the body, two open downloads could starve the upload
 * they feed.
 */
export function throttle(concurrency: number): Middleware {
  const hosts = new Map<string, Slots>()
  return (next) => async (request) => {
    const isHead = request.method === 'HEAD'
    const key = `${isHead ? 'HEAD ' : ''}${request.url.host}`
    const slots = hosts.get(key) ?? createSlots(isHead ? 2 * concurrency : concurrency)
    hosts.set(key, slots)
    await slots.acquire(request.signal)
    try {
      return await next(request)
    } finally {
      slots.release()
    }
  }
}

interface Slots {
  acquire(signal: AbortSignal | undefined): Promise<void>
  release(): void
}

function createSlots(free: number): Slots {
  const waiting = new Set<() => void>()
  return {
    acquire: (signal) => {
      signal?.throwIfAborted()
      if (free > 0) {
        free--
        return Promise.resolve()
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const leave = (): void => {
        waiting.delete(enter)
        reject(signal?.reason)
      }
      const enter = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      waiting.add(enter)
      signal?.addEventListener('abort', leave, { once: true })
      return promise
    },
    release: () => {
      const [first] = waiting
      if (first === undefined) {
        free++
        return
      }
      // The slot passes from hand to hand: it never counts as free in between.
      waiting.delete(first)
      first()
    },
  }
}
