import { setTimeout as wait } from 'node:timers/promises'
import type { Limits } from '@tsbuild/isolate'
import {
  type ActionResult,
  blobOf,
  type EncodedAction,
  encodeAction,
  type ExecuteResponse,
  fromWire,
  ReapiError,
} from '@tsbuild/reapi'
import pLimit from 'p-limit'
import { findCacheError } from '../cache/model/cache-error.ts'
import { carriedLayer } from '../cache/model/carried-layer.ts'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { storedForm } from '../layer/stored/stored-form.ts'
import type { RemoteIo, RemoteRuns } from '../op/run/remote-runs.ts'
import type { ReapiConnection } from '../reapi/connections.ts'
import { serverName } from '../reapi/server-options.ts'
import { RootfsError } from '../rootfs/protocol/rootfs-error.ts'
import { once } from '../solve/once.ts'
import { InputLayers } from './input-layers.ts'
import { endLimit, endWithoutResult, type Loss, Losses, lossOf } from './losses.ts'
import type { RemoteOptions } from './remote-options.ts'
import { StepLog } from './step-log.ts'
import { describeStep, type StepAction } from './step-task.ts'
import { Uploads } from './uploads.ts'
import { findWorkerProgram, type WorkerProgram } from './worker-program.ts'
import { decodeResult, resultLimit, type WorkerResult } from './worker-result.ts'
import { taskFiles } from './worker-task.ts'

type Run = RemoteRuns['run']
type RunIo = RemoteIo

/** One attempt of a step. */
interface AttemptIo extends RunIo {
  readonly log: StepLog
}

export interface RemoteRunnerParts {
  readonly store: LayerStore
  connect(): Promise<ReapiConnection>
  /** Passed on to the worker. */
  readonly isolation?: string
  readonly limits?: Limits
}

/**
 * Runs steps on the workers of a server. Layers that they make stay there until they are needed
 * here.
 */
export class RemoteRunner implements RemoteRuns {
  readonly name: string
  readonly #options: RemoteOptions
  readonly #parts: RemoteRunnerParts
  readonly #layers: InputLayers
  readonly #limit: ReturnType<typeof pLimit>
  readonly #programs = new Map<string, Promise<WorkerProgram>>()
  #uploads: Uploads | undefined
  /** True once the server had lost a layer of an earlier result. */
  #distrusts = false

  constructor(options: RemoteOptions, parts: RemoteRunnerParts) {
    this.name = serverName(options)
    this.#options = options
    this.#parts = parts
    this.#layers = new InputLayers(parts.store)
    this.#limit = pLimit(options.jobs ?? 100)
  }

  run(...step: Parameters<Run>): ReturnType<Run> {
    return this.#limit(() => this.#run(...step))
  }

  /**
   * True, once, for the error of a layer that the server no longer has: results that it remembers
   * are then not used any more, and the steps run again.
   */
  forsake(error: unknown): boolean {
    if (this.#distrusts || findCacheError(error)?.cache !== this.name) return false
    this.#distrusts = true
    this.#uploads?.forget()
    return true
  }

  async #run(snapshot: Parameters<Run>[0], process: Parameters<Run>[1], io: RunIo): ReturnType<Run> {
    io.signal.throwIfAborted()
    const { isolation, limits } = this.#parts
    const { compression, epoch, fresh } = io
    const form = {
      compression,
      ...(epoch !== undefined && { epoch }),
      ...(isolation !== undefined && { isolation }),
      ...(limits !== undefined && { limits }),
    }
    const step = await describeStep(
      { snapshot, process, form },
      {
        layers: this.#layers,
        options: this.#options,
        programFor: (architecture) =>
          once(this.#programs, architecture, () => findWorkerProgram(architecture, this.#options.node)),
        nameBytes: blobOf,
      },
    )
    const encoded = encodeAction({ ...step.spec, ...(fresh && { doNotCache: true }) })
    const losses = new Losses(this.name)
    for (let number = 1; ; number++) {
      using log = new StepLog(this.name, io)
      const outcome = await this.#attempt(step, encoded, { ...io, log, skipCache: io.fresh || number > 1 })
      if (!('lost' in outcome)) return await this.#finish(outcome, { ...io, log })
      await io.onNote(losses.add(outcome))
      await wait(250 * 4 ** (number - 1), undefined, { signal: io.signal })
    }
  }

  async #attempt(
    step: StepAction,
    { action, messages }: EncodedAction,
    io: AttemptIo & { readonly skipCache: boolean },
  ): Promise<Outcome | Loss> {
    const { signal, skipCache, onNote, log } = io
    const { content, execution } = await this.#parts.connect()
    const uploads = (this.#uploads ??= new Uploads(content))
    await uploads.send(step.uploads, signal)
    await content.putAll(await content.missing(messages, signal), signal)
    let isQueued = false
    log.awaitStream()
    const response = await execution.execute(action, {
      skipCache: skipCache || this.#distrusts,
      inline: [taskFiles.result],
      signal,
      onOutput: (stream, data) => log.show(stream, data),
      onStage: async (stage, { streamsOutput }) => {
        if (streamsOutput || stage === 'queued') log.stopWaiting()
        else log.awaitStream()
        if (stage === 'queued' && !isQueued) await onNote(`queued at ${this.name}`)
        isQueued ||= stage === 'queued'
      },
    })
    log.stopWaiting()
    const lost = lossOf(response, this.#options)
    if (lost?.isMissingInput) uploads.forget()
    if (lost !== undefined) return lost
    const { result, cachedResult } = response
    // Some servers remember failures, and workers that were lost: a step that failed is tried anew.
    if (cachedResult && result?.exitCode !== 0 && !skipCache)
      return await this.#attempt(step, { action, messages }, { ...io, skipCache: true })
    const file = result?.outputFiles.find(({ path }) => path === taskFiles.result)
    if (result === undefined || file === undefined)
      return await endWithoutResult(result, (named) => content.fetch(named, endLimit))
    const bytes = file.contents.length > 0 ? file.contents : await content.fetch(fromWire(file.digest), resultLimit)
    return { response, result, step: readResult(bytes) }
  }

  /** Shows the rest of the log; the layer stays at the server. */
  async #finish({ response, result, step }: Outcome, io: AttemptIo): ReturnType<Run> {
    const { content } = await this.#parts.connect()
    const worker = result.executionMetadata?.worker ?? ''
    await io.onNote(
      response.cachedResult
        ? `result of an earlier run at ${this.name}`
        : `ran on ${worker || 'a worker'} of ${this.name}`,
    )
    await io.log.finish(result, (named, limit) => content.fetch(named, limit))
    if ('error' in step)
      throw new RootfsError(step.error.code, `on a worker: ${step.error.message}`, { hint: step.error.hint })
    if (step.layer === undefined) return { result: step.result }
    return { result: step.result, layer: this.#layer(step.layer, result, { content, io }) }
  }

  #layer(
    layer: NonNullable<Extract<WorkerResult, { result: unknown }>['layer']>,
    { outputFiles }: ActionResult,
    { content, io }: { readonly content: ReapiConnection['content']; readonly io: RunIo },
  ): Layer {
    const file = outputFiles.find(({ path }) => path === taskFiles.layer)
    const named = file && fromWire(file.digest)
    if (named === undefined || named.digest !== layer.blob?.digest || named.size !== layer.blob.size)
      throw new ReapiError('REMOTE_INVALID', `a worker of ${this.name} did not deliver the layer that it describes`)
    const blob = storedForm(named, io.compression)
    return carriedLayer({ ...layer, blob }, { store: this.#parts.store, source: content, cache: this.name })
  }
}

/** A step that ended on a worker. */
interface Outcome {
  readonly response: ExecuteResponse
  readonly result: ActionResult
  readonly step: WorkerResult
}

function readResult(bytes: Uint8Array): WorkerResult {
  try {
    return decodeResult(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ReapiError('REMOTE_INVALID', `a worker sent a damaged result: ${reason}`, { cause })
  }
}
