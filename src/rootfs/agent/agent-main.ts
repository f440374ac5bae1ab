import { useCompileCache } from '../../compile-cache.ts'
import { Agent } from './agent.ts'
import { answerJob } from './answer-job.ts'
import { type AgentSetup, type Job, type Message, plainError, type Request } from '../protocol/agent-protocol.ts'

// The process an agent lives in. It executes the messages of its channel and ends with the channel.

useCompileCache()
// Directories made here are seen by processes of any user.
process.umask(0o022)
const setup: AgentSetup = JSON.parse(process.argv[2] ?? '')
const agent = Agent.create(setup)
agent.then(
  () => send({ type: 'ready' }),
  (error: unknown) => send({ type: 'refused', error: plainError(error) }),
)
/** Called when the caller has taken the output of a stream; by run and stream. */
const untaken = new Map<string, () => void>()
const running = new Map<number, { readonly controller: AbortController; readonly ended: Promise<void> }>()

process.on('message', (message) => {
  if (!isRequest(message)) return
  if (message.type === 'abort') return running.get(message.run)?.controller.abort()
  if (message.type === 'taken') return untaken.get(`${message.run} ${message.stream}`)?.()
  const controller = new AbortController()
  const ended = run(message.run, message, controller.signal).finally(() => running.delete(message.run))
  running.set(message.run, { controller, ended })
})

process.once('disconnect', () => {
  for (const { controller } of running.values()) controller.abort()
  void Promise.allSettled([...running.values()].map(({ ended }) => ended))
    .then(() => agent)
    .then((made) => made[Symbol.dispose]())
    .catch(() => undefined)
    .finally(() => process.exit())
})

async function run(number: number, job: Job, signal: AbortSignal): Promise<void> {
  try {
    const onOutput = async (stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void> => {
      const taken = awaitTaking(`${number} ${stream}`, signal)
      await send({ type: 'output', run: number, stream, data })
      await taken
    }
    const answer = await answerJob(await agent, job, { signal, onOutput })
    await send({ type: 'done', run: number, answer })
  } catch (error) {
    await send({ type: 'failed', run: number, error: plainError(error) })
  }
}

/**
 * Resolves when the caller has taken the output, or the run is aborted: fast output waits for a
 * slow reader instead of filling memory.
 */
function awaitTaking(stream: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      untaken.delete(stream)
      signal.removeEventListener('abort', done)
      resolve()
    }
    untaken.set(stream, done)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
  })
}

/** Resolves when the message is on its way. */
function send(message: Message): Promise<void> {
  return new Promise((resolve) => {
    // Without a caller the message has no reader.
    if (!process.connected || !process.send) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}

function isRequest(message: unknown): message is Request {
  return typeof message === 'object' && message !== null && 'type' in message && 'run' in message
}
