import { abortable, type BlobDirectory, decompress } from '@tsbuild/content'
import { compressionOf, type Digest, type HistoryEntry } from '@tsbuild/oci'
import pLimit from 'p-limit'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { MountManifest } from '../mounts/mount-manifest.ts'
import { once } from '../solve/once.ts'
import { GuardError } from './guard-error.ts'
import { PatternSearch } from './pattern-search.ts'
import { searchDocument } from './search-document.ts'
import { type LayerHit, searchLayer } from './search-layer.ts'
import { type MountHit, searchMount } from './search-mount.ts'
import { listForms } from './secret-forms.ts'
import { secretGrant } from './secret-grant.ts'

/** Parts of a build that are searched. */
export interface Guarded {
  readonly targets: readonly SolvedTarget[]
  /** Build arguments, which the history and provenance tell. */
  readonly args: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

/** Layers that are searched at the same time; each takes memory for a window and a decompressor. */
const concurrency = 4

/** Finds secrets in what a build made. Each layer is searched once. */
export class SecretGuard {
  readonly #search: PatternSearch | undefined
  readonly #store: LayerStore
  readonly #signal: AbortSignal
  readonly #hits = new Map<Digest, Promise<LayerHit | undefined>>()
  readonly #limit = pLimit(concurrency)

  /** `secrets` are values by id. */
  constructor(
    secrets: ReadonlyMap<string, Uint8Array>,
    { store, signal }: { readonly store: LayerStore; readonly signal: AbortSignal },
  ) {
    const patterns = [...secrets].flatMap(([id, value]) => listForms(value).map((bytes) => ({ id, bytes })))
    this.#search = patterns.length === 0 ? undefined : new PatternSearch(patterns)
    this.#store = store
    this.#signal = signal
  }

  /** True for a layer that may leave this machine: of a base image, or without a secret. */
  async isClean(layer: Layer): Promise<boolean> {
    return layer.origin !== undefined || (await this.#searchOnce(layer)) === undefined
  }

  /** A secret in a packed cache mount, whose new packs are in `blobs`. */
  async findInMount(read: () => Promise<MountManifest>, blobs: BlobDirectory): Promise<MountHit | undefined> {
    return this.#search && searchMount(await read(), blobs, this.#search)
  }

  /**
   * Throws `GuardError` if a secret (by id) is in a build argument, in the config or an annotation
   * of an image, or in a layer that its base image does not have. Layers from the cache are
   * searched like new ones, also those of a build that allowed secrets.
   */
  async check({ args, annotations, targets }: Guarded): Promise<void> {
    if (this.#search === undefined) return
    const documents = [
      ['a build argument', args],
      ['an annotation', annotations],
      ...targets.map(({ lowered }) => ['the image config', pickConfig(lowered)] as const),
    ] as const
    for (const [what, document] of documents) {
      const hit = searchDocument(document, this.#search)
      if (hit) throw inConfig(hit.id, `${what}: ${hit.key}`)
    }
    for (const { layer, step } of newLayers(targets)) {
      const hit = await this.#searchOnce(layer)
      if (hit) throw inLayer(hit, step)
    }
  }

  async #searchOnce(layer: Layer): Promise<LayerHit | undefined> {
    const search = this.#search
    if (search === undefined) return undefined
    const diffId = await layer.diffId()
    return once(this.#hits, diffId, async () => {
      try {
        return await this.#limit(() => this.#searchLayer(layer, search))
      } catch (error) {
        // A cache may have lost the layer: the next attempt of the build makes it again.
        this.#hits.delete(diffId)
        throw error
      }
    })
  }

  async #searchLayer(layer: Layer, search: PatternSearch): Promise<LayerHit | undefined> {
    const blob = await layer.blob()
    const bytes = abortable(await this.#store.blobs.open(blob), this.#signal)
    return searchLayer(decompress(bytes, compressionOf(blob.mediaType)), search)
  }
}

/** The config with variables by name, so that the place of one is its name. */
function pickConfig({ config, history }: LoweredTarget): unknown {
  const variables = (config.config?.Env ?? []).map((text) => [text.split('=', 1)[0], text])
  return { ...config, config: { ...config.config, Env: Object.fromEntries(variables) }, history }
}

/** Layers that the build put on its base images, each once, with the steps that made them. */
function newLayers(
  targets: readonly SolvedTarget[],
): readonly { readonly layer: Layer; readonly step: string | undefined }[] {
  const layers = new Map<Layer['id'], { readonly layer: Layer; readonly step: string | undefined }>()
  for (const { lowered, snapshot } of targets) {
    const steps = lowered.history.slice(lowered.baseHistory).filter(hasLayer)
    for (const [index, layer] of snapshot.slice(snapshot.length - steps.length).entries())
      layers.set(layer.id, { layer, step: steps[index]?.created_by })
  }
  return [...layers.values()]
}

function hasLayer(entry: HistoryEntry): boolean {
  return entry.empty_layer !== true
}

function inLayer({ id, where, path }: LayerHit, step: string | undefined): GuardError {
  const made = step === undefined ? '' : ` that "${step}" made`
  return new GuardError('SECRET_IN_LAYER', `secret "${id}" is in the layer${made}: ${where} of /${path}`, {
    hint: `remove it in the step that writes it, or allow it with --allow=${secretGrant}; a later step cannot remove it from the layer`,
    step,
  })
}

function inConfig(id: string, place: string): GuardError {
  return new GuardError('SECRET_IN_CONFIG', `secret "${id}" is in ${place}`, {
    hint: `everyone who has the image can read it: use RUN --mount=type=secret, or allow it with --allow=${secretGrant}`,
  })
}
