import type { Range } from '@tsbuild/dockerfile'
import { encodeImageConfig, type HistoryEntry, limits } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import { walk } from '../graph/walk.ts'
import type { DraftConfig } from './state/config.ts'
import type { StagePlan } from './plan/dependencies.ts'
import { LowerError } from './plan/lower-error.ts'
import { imageKey, type Resolution } from './plan/resolve-images.ts'
import { stageOrder } from './plan/stage-order.ts'

/** Linux stacks 500 directories in an overlay (OVL_MAX_STACK), and one of them is an empty one. */
const runLayers = 499

const fewerLayers =
  'copy several files with one COPY, join RUN instructions with &&, or copy a stage into a new one: COPY --from=STAGE / /'

/**
 * Throws `LowerError` for a stage whose history would be longer than what is read. Every
 * instruction but ONBUILD is an entry.
 */
export function checkHistory(plan: StagePlan, resolution: Resolution): void {
  const lengths = new Map<number, number>()
  for (const index of stageOrder(plan, resolution)) {
    const stage = plan.stages[index]
    if (stage === undefined) continue
    const { base, platform } = stage
    let length = 0
    if (base.kind === 'stage') length = lengths.get(base.index) ?? 0
    if (base.kind === 'image') length = resolution.images.get(imageKey(base, platform))?.config.history?.length ?? 0
    for (const { kind, range } of [...(resolution.triggers.get(index) ?? []), ...stage.instructions]) {
      if (kind === 'ONBUILD' || ++length <= limits.history) continue
      throw new LowerError(
        'HISTORY_TOO_LONG',
        `stage "${stage.id}" has more than ${limits.history} instructions with those of its bases`,
        {
          range,
          hint: 'set several variables, labels or ports with one instruction',
        },
      )
    }
    lengths.set(index, length)
  }
}

/**
 * Counts the layers of vertices; throws `LowerError` where there are more than an image can have,
 * or than RUN can be shown.
 */
export class LayerCounter {
  readonly #counts = new Map<Vertex, number>()
  readonly #walked = new Set<Vertex>()
  readonly #images: ReadonlyMap<string, number>

  constructor({ images }: Resolution) {
    this.#images = new Map([...images.values()].map(({ digest, config }) => [digest, config.rootfs.diff_ids.length]))
  }

  /** Number of layers in the file system of `root`. */
  count(root: Vertex): number {
    walk(root, (vertex) => this.#counts.set(vertex, this.#check(vertex)), this.#walked)
    return this.#counts.get(root) ?? 0
  }

  #check(vertex: Vertex): number {
    const { op, inputs, range } = vertex
    const below = inputs.map((input) => this.#counts.get(input) ?? 0)
    const count = this.#layersOf(vertex, below)
    const where = range === undefined ? {} : { range }
    if (op.kind === 'run' && below.some((layers) => layers > runLayers)) {
      throw new LowerError(
        'LAYERS_TOO_MANY',
        `RUN works on at most ${runLayers} layers, this one has ${below.find((layers) => layers > runLayers)}`,
        {
          ...where,
          hint: fewerLayers,
        },
      )
    }
    if (count <= limits.layers || op.kind === 'image') return count
    throw new LowerError('LAYERS_TOO_MANY', `an image has at most ${limits.layers} layers, this step makes one more`, {
      ...where,
      hint: fewerLayers,
    })
  }

  #layersOf({ op }: Vertex, [base = 0, ...others]: readonly number[]): number {
    switch (op.kind) {
      case 'image':
        return this.#images.get(op.digest) ?? 0
      case 'inline':
        return op.files.length === 0 ? 0 : 1
      case 'local':
      case 'git':
      case 'http':
        return 1
      case 'merge':
        return others.reduce((sum, layers) => sum + layers, base)
      default:
        return base + 1
    }
  }
}

/** Throws `LowerError` for an image config that is larger than what is read. */
export function checkConfig(
  config: DraftConfig,
  {
    history,
    layers,
    range,
  }: { readonly history: readonly HistoryEntry[]; readonly layers: number; readonly range?: Range },
): void {
  const date = '2000-01-01T00:00:00.000000000Z'
  try {
    const diffIds = Array.from({ length: Math.min(layers, limits.layers) }, () => `sha256:${'0'.repeat(64)}` as const)
    const dated = history.slice(0, limits.history).map((entry) => ({ created: date, ...entry }))
    encodeImageConfig({ ...config, created: date, rootfs: { type: 'layers', diff_ids: diffIds }, history: dated })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new LowerError('CONFIG_TOO_LARGE', `the image config cannot be written: ${message}`, {
      ...(range && { range }),
      cause: error,
      hint: 'variables, labels and the text of every instruction are in it: move long scripts into files',
    })
  }
}
