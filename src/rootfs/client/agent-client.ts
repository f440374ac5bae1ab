import type { ChildProcess } from 'node:child_process'
import { nodePath, type Rung, type StartedProgram } from '@tsbuild/isolate'
import { agentDeath, readTail } from './agent-death.ts'
import type { AgentLink } from './agent-link.ts'
import { agentProgram } from './agent-program.ts'
import type { AgentSetup, Answers, Job, Message, PlainError, Request } from '../protocol/agent-protocol.ts'
import type { RootfsIo } from '../protocol/provider.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'

interface Pending {
  readonly io: RootfsIo
  resolve(answer: Answers): void
  reject(error: unknown): void
}

/** The caller's end of an agent in a separate process. */
export class AgentClient implements AgentLink {
  readonly #child: ChildProcess
  readonly #pending = new Map<number, Pending>()
  readonly #exited: Promise<void>
  readonly #ready = Promise.withResolvers<void>()
  #runs = 0
  #death: Error | undefined

  private constructor({ child, ended }: StartedProgram) {
    this.#child = child
    child.on('message', (message) => {
      if (isMessage(message)) this.#receive(message)
    })
    const stderr = readTail(child.stderr)
    this.#exited = ended
      .then(async (result) => this.#end(agentDeath(result, await stderr)))
      .catch((error: unknown) => this.#end(error))
  }

  /**
   * Starts an agent with the rights of a rung. Rejects with the reason when it cannot do its work
   * here.
   */
  static async start(rung: Rung, setup: AgentSetup, scratch: string): Promise<AgentClient> {
    const args = [nodePath(), agentProgram(), JSON.stringify(setup)]
    const client = new AgentClient(await rung.start({ args, env: process.env, scratch }))
    try {
      await client.#ready.promise
      return client
    } catch (error) {
      await client[Symbol.asyncDispose]()
      throw error
    }
  }

  ask(job: Job, io: RootfsIo): Promise<Answers> {
    const run = this.#runs++
    const abort = (): void => this.#send({ type: 'abort', run })
    return new Promise<Answers>((resolve, reject) => {
      io.signal.throwIfAborted()
      if (this.#death) throw this.#death
      this.#pending.set(run, { io, resolve, reject })
      io.signal.addEventListener('abort', abort)
      this.#send({ ...job, run })
    }).finally(() => {
      this.#pending.delete(run)
      io.signal.removeEventListener('abort', abort)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect()
    await this.#exited
  }

  #send(request: Request): void {
    if (this.#child.connected) this.#child.send(request)
  }

  #receive(message: Message): void {
    if (message.type === 'ready') return this.#ready.resolve()
    if (message.type === 'refused') return this.#ready.reject(toError(message.error))
    const pending = this.#pending.get(message.run)
    if (!pending) return
    if (message.type === 'output') void this.#take(pending, message)
    else if (message.type === 'done') pending.resolve(message.answer)
    else pending.reject(pending.io.signal.aborted ? pending.io.signal.reason : toError(message.error))
  }

  async #take({ io, reject }: Pending, { run, stream, data }: Extract<Message, { type: 'output' }>): Promise<void> {
    try {
      await io.onOutput(stream, data)
      this.#send({ type: 'taken', run, stream })
    } catch (error) {
      reject(error)
      this.#send({ type: 'abort', run })
    }
  }

  #end(reason: unknown): void {
    const death = reason instanceof Error ? reason : new Error(String(reason))
    this.#death = death
    this.#ready.reject(death)
    for (const { io, reject } of this.#pending.values()) reject(io.signal.aborted ? io.signal.reason : death)
  }
}

function toError({ code, message, hint }: PlainError): RootfsError {
  return new RootfsError(code, message, { hint })
}

function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'type' in message
}
