import { createHash, type Hash } from 'node:crypto'
import { parentPort, receiveMessageOnPort } from 'node:worker_threads'
import type { HashAnswer, HashRequest } from './hash-messages.ts'

// Runs as a thread: hashes the chunks of several streams. One message answers all waiting requests:
// waking the other thread takes half as long as hashing a chunk.
const hashes = new Map<number, Hash>()

parentPort?.on('message', (first: HashRequest) => {
  const answers: HashAnswer[] = []
  for (let request: HashRequest | undefined = first; request !== undefined; request = nextRequest())
    answers.push(answer(request))
  parentPort?.postMessage(answers)
})

function nextRequest(): HashRequest | undefined {
  return parentPort ? receiveMessageOnPort(parentPort)?.message : undefined
}

function answer({ stream, algorithm, chunks, end }: HashRequest): HashAnswer {
  const hash = hashes.get(stream) ?? createHash(algorithm)
  hashes.set(stream, hash)
  if (end !== 'close') for (const chunk of chunks) hash.update(chunk)
  if (end !== undefined) hashes.delete(stream)
  return {
    stream,
    done: chunks.length,
    isLast: end !== undefined,
    ...(end === 'digest' && { digest: hash.digest('hex') }),
  }
}
