import { abortable, decompress } from '@tsbuild/content'
import { compressionOf, type HistoryEntry } from '@tsbuild/oci'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { Layer } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { GuardError } from './guard-error.ts'
import { PatternSearch } from './pattern-search.ts'
import { searchDocument } from './search-document.ts'
import { searchLayer } from './search-layer.ts'
import { listForms } from './secret-forms.ts'
import { secretGrant } from './secret-grant.ts'

/** Parts of a build that are searched. */
export interface Guarded {
  readonly targets: readonly SolvedTarget[]
  readonly store: LayerStore
  /** Build arguments, which the history and provenance tell. */
  readonly args: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Throws `GuardError` if a secret (by id) is in a build argument, in the config or an annotation of
 * an image, or in a layer that its base
 * image does not have. Layers from the cache are searched like new ones, also those of a build that
 * allowed secrets.
 */
export async function guardSecrets(secrets: ReadonlyMap<string, Uint8Array>, guarded: Guarded): Promise<void> {
  const patterns = [...secrets].flatMap(([id, value]) => listForms(value).map((bytes) => ({ id, bytes })))
  if (patterns.length === 0) return
  const search = new PatternSearch(patterns)
  const documents = [
    ['a build argument', guarded.args],
    ['an annotation', guarded.annotations],
    ...guarded.targets.map(({ lowered }) => ['the image config', pickConfig(lowered)] as const),
  ] as const
  for (const [what, document] of documents) {
    const hit = searchDocument(document, search)
    if (hit) throw inConfig(hit.id, `${what}: ${hit.key}`)
  }
  for (const { layer, step } of newLayers(guarded.targets)) await guardLayer(layer, step, { ...guarded, search })
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

async function guardLayer(
  layer: Layer,
  step: string | undefined,
  { store, search, signal }: Guarded & { readonly search: PatternSearch },
): Promise<void> {
  const blob = await layer.blob()
  const hit = await searchLayer(
    decompress(abortable(await store.blobs.open(blob), signal), compressionOf(blob.mediaType)),
    search,
  )
  if (hit === undefined) return
  const made = step === undefined ? '' : ` that "${step}" made`
  throw new GuardError('SECRET_IN_LAYER', `secret "${hit.id}" is in the layer${made}: ${hit.where} of /${hit.path}`, {
    hint: `remove it in the step that writes it, or allow it with --allow=${secretGrant}; a later step cannot remove it from the layer`,
    step,
  })
}

function inConfig(id: string, place: string): GuardError {
  return new GuardError('SECRET_IN_CONFIG', `secret "${id}" is in ${place}`, {
    hint: `everyone who has the image can read it: use RUN --mount=type=secret, or allow it with --allow=${secretGrant}`,
  })
}
