import { anyUnpack } from '@bufbuild/protobuf/wkt'
import { type Client, Code, ConnectError } from '@connectrpc/connect'
import type { Channel } from './channel.ts'
import { type Named, toWire } from './digest.ts'
import { ReapiError } from './errors.ts'
import { LiveLogs, type LiveLogsParts } from './live-logs.ts'
import { type Operation, Operations } from './generated/longrunning_pb.ts'
import {
  type ExecuteOperationMetadata,
  ExecuteOperationMetadataSchema,
  type ExecuteResponse,
  ExecuteResponseSchema,
  Execution,
} from './generated/remote_execution_pb.ts'

/** State of an execution (REAPI v2, ExecutionStage). */
export type Stage = 'unknown' | 'cache-check' | 'queued' | 'executing' | 'completed'

const stages: readonly Stage[] = ['unknown', 'cache-check', 'queued', 'executing', 'completed']

export interface ExecuteOptions {
  /** Executes also what the server has a result of. */
  readonly skipCache?: boolean
  /** Small output files whose contents the server may send with the result. */
  readonly inline: readonly string[]
  readonly signal: AbortSignal
  /** `streamsOutput`: `onOutput` is going to be called while the action runs. */
  onStage?(stage: Stage, news: { readonly streamsOutput: boolean }): unknown
  /**
   * Takes the output of the action while it runs, if the server streams it: at most 4 MiB of each
   * stream, from its beginning. The result has all of it.
   */
  onOutput?: LiveLogsParts['onOutput']
}

/** An execution that runs. */
interface State {
  readonly logs: LiveLogs
  name?: string
}

/** Execution of actions by the workers of a server. */
export class ReapiExecution {
  readonly #channel: Channel
  readonly #client: Client<typeof Execution>
  readonly #operations: Client<typeof Operations>

  constructor(channel: Channel) {
    this.#channel = channel
    this.#client = channel.client(Execution, 'executions')
    this.#operations = channel.client(Operations)
  }

  /**
   * Executes an action whose inputs are stored, and waits for its end. A connection that breaks
   * meanwhile is opened again, and goes on with the same execution if the server still knows it.
   * An aborted signal cancels the execution. Rejects with `ReapiError`.
   */
  async execute(action: Named, options: ExecuteOptions): Promise<ExecuteResponse> {
    const { signal, onOutput = () => undefined } = options
    await using logs = new LiveLogs(this.#channel, { signal, onOutput })
    const state: State = { logs }
    const purpose = 'execute an action'
    for (let number = 1; ; number++) {
      try {
        const response = await this.#follow(this.#open(action, state.name, options), state, options)
        if (response !== undefined) return response
        throw new ConnectError('the stream ended before the execution', Code.Unavailable)
      } catch (error) {
        if (signal.aborted) await this.#cancel(state.name)
        // The server forgot the execution: a new one begins.
        if (error instanceof ConnectError && error.code === Code.NotFound && state.name !== undefined) delete state.name
        else await this.#channel.waitToRetry(error, { number, purpose, signal })
        if (number > this.#channel.patience.attempts)
          throw new ReapiError('REMOTE_UNAVAILABLE', `${purpose}: the server lost it ${number} times`)
      }
    }
  }

  #open(
    action: Named,
    name: string | undefined,
    { skipCache, inline, signal }: ExecuteOptions,
  ): AsyncIterable<Operation> {
    const both = { signal: AbortSignal.any([signal, this.#channel.signal]) }
    if (name !== undefined) return this.#client.waitExecution({ name }, both)
    const request = {
      instanceName: this.#channel.endpoint.instance ?? '',
      actionDigest: toWire(action),
      skipCacheLookup: skipCache ?? false,
      inlineStdout: true,
      inlineStderr: true,
      inlineOutputFiles: [...inline],
    }
    return this.#client.execute(request, both)
  }

  async #follow(
    operations: AsyncIterable<Operation>,
    state: State,
    options: ExecuteOptions,
  ): Promise<ExecuteResponse | undefined> {
    for await (const { name, metadata, done, result } of operations) {
      if (name !== '') state.name = name
      const news = metadata && anyUnpack(metadata, ExecuteOperationMetadataSchema)
      if (news !== undefined) await this.#report(news, state, options)
      if (!done) continue
      delete state.name
      if (result.case === 'error') throw new ConnectError(result.value.message, result.value.code)
      const response = result.case === 'response' ? anyUnpack(result.value, ExecuteResponseSchema) : undefined
      if (response === undefined) throw new ReapiError('REMOTE_INVALID', 'the server sent an execution without result')
      return response
    }
    return undefined
  }

  async #report(
    { stage, stdoutStreamName, stderrStreamName }: ExecuteOperationMetadata,
    { logs }: State,
    { onStage, onOutput }: ExecuteOptions,
  ): Promise<void> {
    const streamsOutput = onOutput !== undefined && (stdoutStreamName !== '' || stderrStreamName !== '')
    await onStage?.(stages[stage] ?? 'unknown', { streamsOutput })
    if (!streamsOutput || stages[stage] === 'completed') return
    logs.open('stdout', stdoutStreamName)
    logs.open('stderr', stderrStreamName)
  }

  /** Best effort: a server need not offer it, and a worker that goes on wastes only its time. */
  async #cancel(name: string | undefined): Promise<void> {
    if (name === undefined) return
    await this.#operations.cancelOperation({ name }, { timeoutMs: 2000 }).catch(() => undefined)
  }
}
