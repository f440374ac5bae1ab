import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { HashAnswer, HashRequest } from './hash-messages.ts'

/** A thread that hashes streams. It keeps the process alive only while it has work to do. */
export interface HashThread {
  /** Number of streams. */
  readonly load: number
  /** Adds a stream: `onAnswer` gets its answers, `onFailure` is called when the thread has died. */
  add(listener: StreamListener): HashChannel
}

export interface StreamListener {
  onAnswer(answer: HashAnswer): void
  onFailure(error: Error): void
}

/** Way to the thread for one stream. */
export interface HashChannel {
  post(request: Omit<HashRequest, 'stream'>): void
}

/** More threads do not help, because one thread feeds all of them. */
const mostThreads = 4
const threads = new Set<HashThread>()

/** True if a separate thread speeds up the hash of a large stream. */
export function canUseThreads(): boolean {
  return availableParallelism() > 1
}

/** The thread with the fewest streams. A new one if all are busy and the limit is not reached. */
export function chooseThread(): HashThread {
  const [least] = [...threads].sort((a, b) => a.load - b.load)
  const limit = Math.min(mostThreads, availableParallelism())
  if (least !== undefined && (least.load === 0 || threads.size >= limit)) return least
  return startThread()
}

let streams = 0

function startThread(): HashThread {
  // A thread that inherits `--input-type` refuses to run a file.
  const worker = new Worker(new URL('./hash-main.ts', import.meta.url), { execArgv: [] })
  worker.unref()
  const listeners = new Map<number, StreamListener>()
  /** Requests without an answer. A stream whose reader stopped has none: the process may exit. */
  let pending = 0
  const post = (request: HashRequest): void => {
    if (pending++ === 0) worker.ref()
    worker.postMessage(request)
  }
  const fail = (error: Error): void => {
    threads.delete(thread)
    for (const listener of listeners.values()) listener.onFailure(error)
    listeners.clear()
  }
  const thread: HashThread = {
    get load() {
      return listeners.size
    },
    add: (listener) => {
      const stream = (streams += 1)
      listeners.set(stream, listener)
      return { post: (request) => post({ ...request, stream }) }
    },
  }
  worker.on('message', (answers: readonly HashAnswer[]) => {
    for (const answer of answers) {
      listeners.get(answer.stream)?.onAnswer(answer)
      if (answer.isLast) listeners.delete(answer.stream)
    }
    pending -= answers.length
    if (pending === 0) worker.unref()
  })
  worker.on('error', fail)
  worker.on('exit', (code) => fail(new Error(`the thread that hashes ended with ${code}`)))
  threads.add(thread)
  return thread
}
