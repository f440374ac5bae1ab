import { type ContentTarget, copyGraph, untilAborted } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import pLimit from 'p-limit'
import { imageContent } from '../../image/image-content.ts'
import { type LayerForm, publishedLayer } from '../../image/published-layer.ts'
import type { Layer } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import type { Reporter } from '../../progress/event.ts'
import { mountingTarget } from './mounting-target.ts'

/** Input of uploads. */
export interface UploadParts {
  readonly store: LayerStore
  readonly report: Reporter
  readonly signal: AbortSignal
  /** False for a layer that must not leave this machine. */
  mayLeave(layer: Layer): Promise<boolean>
}

/** Layers that are sent at once, as by `copyGraph`. */
const concurrency = 4

interface Upload {
  /** True if the repository has the layer; never rejects. */
  readonly done: Promise<boolean>
  readonly abort: AbortController
}

/**
 * Uploads of layers to one repository, before the push of the image. The first failure ends them
 * all: the push then sends what is missing, and fails if it must.
 */
export class RepositoryUploads {
  readonly #repository: Repository
  readonly #parts: UploadParts & { readonly vertex: string }
  readonly #abort = new AbortController()
  readonly #limit = pLimit(concurrency)
  readonly #known = new Set<Layer>()
  readonly #preparing = new Set<Promise<void>>()
  readonly #uploads = new Map<Digest, Upload>()
  readonly #sent = new Set<Digest>()
  #first: Promise<boolean> | undefined
  #state: 'silent' | 'reported' | 'finished' = 'silent'

  constructor(repository: Repository, parts: UploadParts & { readonly vertex: string }) {
    this.#repository = repository
    this.#parts = parts
  }

  /** Begins the upload of a layer. */
  add(layer: Layer, form: LayerForm): void {
    if (this.#abort.signal.aborted || this.#known.has(layer)) return
    this.#known.add(layer)
    // An error is found again by the push, which reports it.
    const prepared = this.#prepare(layer, form).catch(() => {})
    this.#preparing.add(prepared)
    void prepared.then(() => this.#preparing.delete(prepared))
  }

  /**
   * The repository for the push of the image: it does not ask for layers that are uploaded here,
   * but waits for them. Uploads of layers that the image does not have end.
   */
  async join(target: ContentTarget, wanted: ReadonlySet<Digest>): Promise<ContentTarget> {
    await Promise.all(this.#preparing)
    for (const [digest, { abort }] of this.#uploads) if (!wanted.has(digest)) abort.abort()
    const orStop = async <T>(action: Promise<T>): Promise<T> => {
      try {
        return await action
      } catch (error) {
        this.#abort.abort()
        throw error
      }
    }
    return {
      has: async (layer) => (await this.#uploads.get(layer.digest)?.done) === true || orStop(target.has(layer)),
      open: (layer, signal) => target.open(layer, signal),
      put: (expected, bytes, signal) => orStop(target.put(expected, bytes, signal)),
      adopt: async (expected, from) =>
        (await orStop(target.adopt?.(expected, from) ?? Promise.resolve(false))) === true,
    }
  }

  /** True for a layer whose bytes were sent, and reported, here. */
  hasSent({ digest }: Descriptor): boolean {
    return this.#sent.has(digest)
  }

  /** Ends what is under way, and the report. */
  async stop(): Promise<void> {
    this.#abort.abort()
    // After an abort by the user the rest of a compression is not worth waiting for.
    if (!this.#parts.signal.aborted) await Promise.all(this.#preparing)
    const running = await Promise.all([...this.#uploads.values()].map(({ done }) => done))
    const isCanceled = running.includes(false)
    if (this.#state !== 'reported') return
    this.#state = 'finished'
    const { report, vertex } = this.#parts
    await report({ type: 'vertex-finished', vertex, time: Date.now(), ...(isCanceled && { canceled: true }) })
  }

  async #prepare(layer: Layer, form: LayerForm): Promise<void> {
    const { mayLeave, store, signal } = this.#parts
    if (!(await mayLeave(layer))) return
    const published = await publishedLayer(layer, form, store)
    const { digest } = published.descriptor
    if (this.#abort.signal.aborted || this.#uploads.has(digest)) return
    const abort = new AbortController()
    const signals = AbortSignal.any([signal, this.#abort.signal, abort.signal])
    const done = this.#send(published.layer, published.descriptor, signals).then(
      () => true,
      async (error: unknown) => {
        if (!signals.aborted) await this.#fail(error)
        return false
      },
    )
    this.#uploads.set(digest, { done, abort })
  }

  async #send(layer: Layer, descriptor: Descriptor, signal: AbortSignal): Promise<void> {
    const { store, report, vertex } = this.#parts
    const content = imageContent(store.blobs, [layer])
    const target = mountingTarget(this.#repository, content)
    const to: ContentTarget = {
      has: (expected) => untilAborted(() => this.#ask(() => target.has(expected)), signal),
      open: (expected) => target.open(expected, signal),
      adopt: (expected, from) => untilAborted(async () => (await target.adopt?.(expected, from)) === true, signal),
      put: (expected, bytes) =>
        this.#limit(async () => {
          signal.throwIfAborted()
          this.#sent.add(expected.digest)
          await this.#announce()
          await untilAborted(() => target.put(expected, bytes, signal), signal)
        }),
    }
    const onProgress = ({ digest, size }: Descriptor, done: number): unknown =>
      this.#sent.has(digest) ? report({ type: 'transfer', vertex, id: digest, done, total: size }) : undefined
    await copyGraph(descriptor, { from: content, to, signal, onProgress })
  }

  /** Lets the first question to the repository pass alone: it may be out of reach. */
  async #ask(question: () => Promise<boolean>): Promise<boolean> {
    if (this.#first === undefined) return (this.#first = question())
    await this.#first
    return question()
  }

  async #announce(): Promise<void> {
    if (this.#state !== 'silent') return
    this.#state = 'reported'
    const { report, vertex } = this.#parts
    const { registry, repository } = this.#repository
    const name = `uploading layers to ${registry}/${repository}`
    await report({ type: 'vertex-started', vertex, name, time: Date.now() })
  }

  async #fail(error: unknown): Promise<void> {
    this.#abort.abort()
    await this.#announce()
    const { report, vertex } = this.#parts
    const reason = error instanceof Error ? error.message : String(error)
    const data = Buffer.from(`stopped, the rest follows with the image: ${reason}\n`)
    await report({ type: 'log', vertex, stream: 'stderr', data, time: Date.now() })
  }
}
